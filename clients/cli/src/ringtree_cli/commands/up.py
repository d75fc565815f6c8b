"""``ringtree up``: start the embedded platform of this checkout."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ringtree_cli.checkout import find_checkout, run_instrument
from ringtree_cli.invocation import Json
from ringtree_cli.terminal import Terminal

app = typer.Typer()

CONNECTION_FILE = Path(".ringtree") / "embedded.json"
ANSWERED = ("operator_url", "device_url", "aws_endpoint_url", "region")
"""What programs need to find the platform; its tokens stay in the file."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def up(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to lab.embedded_aws up.")] = None,
    as_json: Json = False,
) -> None:
    """Start the whole platform on this machine and write .ringtree/embedded.json."""
    checkout = find_checkout(Path.cwd())
    status = run_instrument(checkout, "lab.embedded_aws", ["up", *(arguments or [])], to_stderr=as_json)
    if as_json and status == 0:
        connection = json.loads((checkout / CONNECTION_FILE).read_text())
        answer = {name: connection[name] for name in ANSWERED} | {"config": str(checkout / CONNECTION_FILE)}
        Terminal(as_json).answer(answer, "")
    raise typer.Exit(status)
