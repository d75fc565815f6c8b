"""``ringtree agents journal`` and ``rebuild``: what an agent was told and became, version by version."""

from typing import Annotated

import typer

from ringtree_cli.decoding import to_json
from ringtree_cli.invocation import Cursor, Json, operator_api
from ringtree_cli.journal_display import rebuild_lines, versions_table
from ringtree_cli.terminal import Terminal

app = typer.Typer()

Address = Annotated[str, typer.Argument(help="Address of the agent, such as device/laptop-17.")]
PageLimit = Annotated[int, typer.Option(min=1, max=500, help="At most so many.")]


@app.command()
def journal(
    context: typer.Context, address: Address, limit: PageLimit = 50, cursor: Cursor = None, as_json: Json = False
) -> None:
    """List an agent's committed versions, newest first: when, by which run, and what it was told."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        page = api.journal_page(address, limit, cursor)
    terminal.answer(page, versions_table(page.entries))
    if page.cursor and not as_json:
        terminal.say(f"there are more: --cursor {page.cursor}")


@app.command()
def rebuild(
    context: typer.Context,
    address: Address,
    to_version: Annotated[int, typer.Option("--to-version", min=1, help="The version to rebuild.")],
    show_state: Annotated[bool, typer.Option("--show-state", help="Print the rebuilt state as well.")] = False,
    as_json: Json = False,
) -> None:
    """Run an agent's reactions again over what was recorded; exit code 1 unless that makes what was committed."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        rebuilt = api.rebuild(address, to_version)
    state = "\n" + to_json(rebuilt.state) if show_state and rebuilt.state is not None else ""
    terminal.answer(rebuilt, rebuild_lines(rebuilt) + state)
    raise typer.Exit(0 if rebuilt.outcome == "identical" else 1)
