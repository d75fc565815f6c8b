"""``ringtree agents``: who acts, in which state, and what they can be told."""

from typing import Annotated

import typer
from rich.table import Table

from ringtree_cli import journal_commands
from ringtree_cli.agent_commands import AGENT_COMMANDS
from ringtree_cli.decoding import to_json
from ringtree_cli.invocation import Cursor, Json, Limit, operator_api
from ringtree_cli.terminal import Terminal

app = typer.Typer(
    name="agents", help="Who acts on the platform, in which state, and what they can be told.", no_args_is_help=True
)
app.add_typer(journal_commands.app)


@app.command("list")
def list_agents(
    context: typer.Context,
    kind: Annotated[
        str, typer.Option(help="device, batch, ring_analyst, deployment, task, task_scheduler.")
    ] = "device",
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """List agents."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        page = api.agent_page(kind, limit, cursor)
    table = Table("agent", "listed by", box=None)
    for agent in page.agents:
        table.add_row(agent.agent, ", ".join(f"{name} {value}" for name, value in agent.listed.items()))
    terminal.answer(page, table)
    if page.cursor and not as_json:
        terminal.say(f"there are more: --cursor {page.cursor}")


@app.command()
def show(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Address of the agent, such as device/laptop-17.")],
    as_json: Json = False,
) -> None:
    """Show an agent's state."""
    with operator_api(context) as api:
        agent = api.agent(address)
    Terminal(as_json).answer(agent, to_json(agent))


for command in AGENT_COMMANDS:
    app.command()(command)
