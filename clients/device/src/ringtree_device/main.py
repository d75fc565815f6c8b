"""The command ``ringtree-device``."""

import typer

from ringtree_device.commands.enrol import enrol
from ringtree_device.commands.run import run
from ringtree_device.commands.status import status

app = typer.Typer(
    name="ringtree-device",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Keeps this device on the release that its Ringtree fleet assigns to it: enrol once, then run.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not enrolled, 4 token refused, "
    "5 platform not reachable, 6 another client runs on the same folder.",
)

app.command()(enrol)
app.command()(run)
app.command()(status)

if __name__ == "__main__":
    app()
