"""What a device got when it joined its fleet."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ringtree_device.durable_files import write_durably

FILE_NAME = "device.json"


class NotEnrolledError(Exception):
    """The folder holds no enrolment; enrol first."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How this device reaches the platform and proves who it is."""

    url: str
    device_id: str
    device_token: str = field(repr=False)
    ring: str
    """The ring at enrolment; operators may move the device later."""


def save_enrolment(root: Path, enrolment: Enrolment) -> None:
    """Keep the enrolment, readable by the owner only."""
    write_durably(root / FILE_NAME, json.dumps(asdict(enrolment), indent=2).encode(), mode=0o600)


def load_enrolment(root: Path) -> Enrolment:
    """Read the enrolment of a folder. Raises NotEnrolledError."""
    path = root / FILE_NAME
    try:
        return Enrolment(**json.loads(path.read_bytes()))
    except FileNotFoundError as error:
        raise NotEnrolledError(f"{root} holds no enrolled device; run `ringtree-device enrol --root {root}`") from error
    except (ValueError, TypeError) as error:
        raise NotEnrolledError(f"{path} cannot be read ({error}); enrol this device again") from error
