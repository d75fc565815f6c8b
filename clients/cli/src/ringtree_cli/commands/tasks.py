"""``ringtree tasks``: work for one device."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from ringtree_cli.decoding import to_json
from ringtree_cli.invocation import Json, operator_api
from ringtree_cli.terminal import Terminal

app = typer.Typer(
    name="tasks", help="Work for one device: a given one, or the least loaded that fits.", no_args_is_help=True
)


class Priority(StrEnum):
    """High before normal before low."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@app.command()
def submit(  # noqa: PLR0917  one parameter per option
    context: typer.Context,
    task_type: Annotated[str, typer.Argument(metavar="TYPE", help="What kind of work.")],
    payload: Annotated[str, typer.Option(help="A JSON object for the device.")] = "{}",
    priority: Annotated[Priority, typer.Option()] = Priority.NORMAL,
    target: Annotated[str | None, typer.Option(help="Id of the device that must do it.")] = None,
    as_json: Json = False,
) -> None:
    """Queue a task."""
    with operator_api(context) as api:
        task = api.submit_task(task_type, _read_payload(payload), priority.value, target)
    Terminal(as_json).answer(
        task, f"task {task.task_id} is {task.status}; ask with: ringtree tasks status {task.task_id}"
    )


@app.command()
def status(
    context: typer.Context, task_id: Annotated[str, typer.Argument(help="Id of the task.")], as_json: Json = False
) -> None:
    """Show a task; exit code 1 if it has failed."""
    with operator_api(context) as api:
        task = api.task(task_id)
    Terminal(as_json).answer(task, to_json(task))
    raise typer.Exit(1 if task.status == "failed" else 0)


def _read_payload(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--payload is not JSON: {error}; write it like '{{\"seconds\": 5}}'") from error
    if not isinstance(payload, dict):
        raise typer.BadParameter("--payload must be a JSON object; write it like '{\"seconds\": 5}'")
    return payload
