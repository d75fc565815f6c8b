"""State of a device in one JSON file."""

import json
import logging
from pathlib import Path

from ringtree_device.durable_files import write_durably
from ringtree_device.job import DeviceState

logger = logging.getLogger(__name__)

FILE_NAME = "state.json"


class JsonStateStore:
    """A StateStore on disk."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME

    def load(self) -> DeviceState:
        """The last saved state; an empty one when there is none.

        A file that cannot be read is set aside: the platform still knows the work in hand and offers it again.
        """
        try:
            return DeviceState.from_json(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return DeviceState()
        except (ValueError, KeyError, TypeError) as error:
            aside = self._path.with_name(f"{FILE_NAME}.unreadable")
            self._path.replace(aside)
            logger.error("%s could not be read (%s); kept as %s, starting empty", self._path, error, aside)  # noqa: TRY400
            return DeviceState()

    def save(self, state: DeviceState) -> None:
        """Replace the state as a whole; on disk when this returns."""
        write_durably(self._path, json.dumps(state.to_json(), indent=2).encode())
