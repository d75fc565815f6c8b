"""``ringtree demo``: the whole story on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from ringtree_cli.checkout import find_checkout, run_instrument
from ringtree_cli.invocation import Json
from ringtree_cli.terminal import Terminal

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def demo(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to lab.demo, such as --exit.")] = None,
    as_json: Json = False,
) -> None:
    """Start the platform, ship a good and a bad release to a simulated fleet and to this machine, and show it."""
    checkout = find_checkout(Path.cwd())
    status = run_instrument(checkout, "lab.demo", arguments or [], to_stderr=as_json)
    if as_json:
        Terminal(as_json).answer({"ended_as_told": status == 0, "exit_code": status}, "")
    raise typer.Exit(status)
