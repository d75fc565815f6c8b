"""The option all commands share: the folder of the device."""

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path,
    typer.Option(
        help="Folder of this device: its enrolment, state, releases, and the link `current` to the running release.",
        envvar="RINGTREE_DEVICE_ROOT",
        file_okay=False,
    ),
]
DEFAULT_ROOT = Path("/var/lib/ringtree-device")
