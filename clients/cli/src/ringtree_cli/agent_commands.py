"""``ringtree agents send, ask, suspend, resume, reset``: what agents can be told from the command line."""

import sys
import time
import uuid
from datetime import timedelta
from typing import Annotated, Any

import typer

from ringtree_cli.agent_messaging import REQUEST_WAIT_SECONDS, AgentMessaging, Message, watch_promise
from ringtree_cli.decoding import to_json
from ringtree_cli.durations import format_duration
from ringtree_cli.errors import PlatformUnreachableError
from ringtree_cli.invocation import Json, duration_option, operator_api
from ringtree_cli.message_answers import CommandAccepted, Promise
from ringtree_cli.message_data import MessageDataError, read_data
from ringtree_cli.terminal import Terminal

WAIT = "30s"

Address = Annotated[str, typer.Argument(help="Address of the agent, such as device/laptop-17.")]
MessageType = Annotated[str, typer.Argument(metavar="TYPE", help="Type of the message, such as AssignRing.")]
Pairs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE]...", help="Fields of the message; a value that is JSON is read as such."),
]
Data = Annotated[str | None, typer.Option(help="Fields as a JSON object, @FILE with one, or - for stdin.")]
Lane = Annotated[str | None, typer.Option(help="control, normal or bulk, as far as the kind has them.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: the same message under it takes effect once a day.")]
Expires = Annotated[
    timedelta | None, duration_option("From then on the message is dropped instead of handled, or the question over.")
]
CommandReason = Annotated[str, typer.Option(help="Why; the agent's status shows it.")]


def send(  # noqa: PLR0917  one parameter per option
    context: typer.Context,
    address: Address,
    message_type: MessageType,
    pairs: Pairs = None,
    data: Data = None,
    lane: Lane = None,
    key: Key = None,
    expires: Expires = None,
    as_json: Json = False,
) -> None:
    """Tell an agent something; it takes effect once, even when the message has to be sent again."""
    message = Message(message_type, _read(data, pairs), lane, _seconds(expires))
    known_as = key or f"cli-{uuid.uuid4().hex}"
    with operator_api(context) as api:
        try:
            accepted = api.messaging.send(address, message, known_as)
        except PlatformUnreachableError as error:
            raise _repeatable(error, known_as) from error
    Terminal(as_json).answer(accepted, f"{accepted.type} is in the mailbox of {accepted.agent} (lane {accepted.lane})")


def ask(  # noqa: PLR0917  one parameter per option
    context: typer.Context,
    address: Address,
    message_type: MessageType,
    pairs: Pairs = None,
    data: Data = None,
    lane: Lane = None,
    key: Key = None,
    expires: Expires = None,
    wait: Annotated[timedelta, duration_option("How long to wait for the answer.")] = WAIT,  # type: ignore[assignment]
    as_json: Json = False,
) -> None:
    """Ask an agent and wait for its answer; exit code 0 if it replied, 1 if it did not (yet)."""
    message = Message(message_type, _read(data, pairs), lane, _seconds(expires))
    known_as = key or f"cli-{uuid.uuid4().hex}"
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        first_wait = min(wait.total_seconds(), REQUEST_WAIT_SECONDS)
        try:
            promise = api.messaging.ask(address, message, known_as, first_wait)
        except PlatformUnreachableError as error:
            raise _repeatable(error, known_as) from error
        except KeyboardInterrupt:
            terminal.say(f"it may have been asked; the same question with --key {known_as} is not asked twice")
            raise
        promise = _wait_for(api.messaging, promise, wait, terminal)
    terminal.answer(promise, describe(promise))
    raise typer.Exit(0 if promise.outcome == "replied" else 1)


def suspend(context: typer.Context, address: Address, reason: CommandReason, as_json: Json = False) -> None:
    """Hold all further messages of an agent, in order, until it is resumed."""
    with operator_api(context) as api:
        _confirm(api.messaging.suspend(address, reason), as_json)


def resume(context: typer.Context, address: Address, reason: CommandReason, as_json: Json = False) -> None:
    """Have an agent handle what was held for it, in order, and go on."""
    with operator_api(context) as api:
        _confirm(api.messaging.resume(address, reason), as_json)


def reset(
    context: typer.Context,
    address: Address,
    reason: CommandReason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")] = False,
    as_json: Json = False,
) -> None:
    """Have an agent begin anew: it forgets its state, its reminders and its open questions."""
    if not yes:
        Terminal(as_json).make_sure(f"{address} forgets all that it knows. Reset it?")
    with operator_api(context) as api:
        _confirm(api.messaging.reset(address, reason), as_json)


def describe(promise: Promise) -> str:
    """Say what became of a question."""
    match promise.outcome:
        case "replied":
            return "done" if promise.type is None else to_json(promise.value)
        case "rejected":
            return f"{promise.agent} refused: {promise.reason}"
        case "timed_out":
            return f"{promise.agent} did not answer in time"
        case _:
            until = promise.deadline.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            return (
                f"{promise.agent} has until {until} to answer;"
                f" look again with: ringtree promises show {promise.promise_id}"
            )


def _wait_for(messaging: AgentMessaging, promise: Promise, wait: timedelta, terminal: Terminal) -> Promise:
    left_seconds = max(0.0, wait.total_seconds() - REQUEST_WAIT_SECONDS)
    if promise.is_settled or not left_seconds:
        return promise
    terminal.say(f"no answer yet; waiting {format_duration(timedelta(seconds=left_seconds))} for {promise.promise_id}")
    try:
        for seen in watch_promise(messaging, promise, left_seconds, time.monotonic, time.sleep):
            promise = seen
    except KeyboardInterrupt:
        terminal.say(f"the question stands; see its answer with: ringtree promises show {promise.promise_id}")
        raise
    return promise


def _repeatable(error: PlatformUnreachableError, key: str) -> PlatformUnreachableError:
    remedy = f"it may have arrived; repeat with --key {key}, under which it takes effect once"
    return PlatformUnreachableError(error.message, remedy)


def _confirm(accepted: CommandAccepted, as_json: bool) -> None:
    Terminal(as_json).answer(accepted, f"{accepted.command} of {accepted.agent} is accepted")


def _read(data: str | None, pairs: list[str] | None) -> dict[str, Any]:
    try:
        return read_data(data, pairs or (), sys.stdin)
    except MessageDataError as error:
        raise typer.BadParameter(str(error)) from error


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


AGENT_COMMANDS = (send, ask, suspend, resume, reset)
