"""``ringtree demo``: the whole story on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from ringtree_cli.checkout import find_checkout, run_instrument

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def demo(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to lab.demo, such as --exit.")] = None,
) -> None:
    """Start the platform, ship a good and a bad release to a simulated fleet and to this machine, and show it."""
    checkout = find_checkout(Path.cwd())
    raise typer.Exit(run_instrument(checkout, "lab.demo", arguments or []))
