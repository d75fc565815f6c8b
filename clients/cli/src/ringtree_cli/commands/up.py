"""``ringtree up``: start the embedded platform of this checkout."""

from pathlib import Path
from typing import Annotated

import typer

from ringtree_cli.checkout import find_checkout, run_instrument

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def up(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to lab.embedded_aws up.")] = None,
) -> None:
    """Start the whole platform on this machine and write .ringtree/embedded.json."""
    checkout = find_checkout(Path.cwd())
    raise typer.Exit(run_instrument(checkout, "lab.embedded_aws", ["up", *(arguments or [])]))
