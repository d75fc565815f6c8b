"""``ringtree promises``: answers that agents still owe, or have given."""

from typing import Annotated

import typer

from ringtree_cli.agent_commands import describe
from ringtree_cli.invocation import Json, operator_api
from ringtree_cli.terminal import Terminal

app = typer.Typer(name="promises", help="Answers that agents owe to questions.", no_args_is_help=True)


@app.command()
def show(
    context: typer.Context,
    promise_id: Annotated[str, typer.Argument(help="Id of the promise, as ringtree agents ask tells it.")],
    as_json: Json = False,
) -> None:
    """Show what became of a question; exit code 1 if the agent refused it or let the time pass."""
    with operator_api(context) as api:
        promise = api.messaging.promise(promise_id)
    Terminal(as_json).answer(promise, describe(promise))
    raise typer.Exit(1 if promise.outcome in {"rejected", "timed_out"} else 0)
