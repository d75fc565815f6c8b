"""What a run looks like to a reader: one line for each call and each move."""

from collections.abc import Callable
from typing import Any

import msgspec

from lambdas.actors.agent_item import from_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.dead_letters import DeadLetter
from tests.simulation.faults import CallKind, Fault

LINE_LIMIT = 400


def line(seconds: float, words: tuple[object, ...]) -> str:
    """Write one line; a call is the invocation, its kind, what was asked, and its fault."""
    if len(words) == 4 and isinstance(words[1], CallKind):
        token, kind, asked, fault = words
        if kind is CallKind.SEND:
            asked = asked[1]  # type: ignore[index]
        text = f"{token} {kind} {'' if fault is Fault.NONE else f'!! {fault} !! '}{_asked(kind, asked)}"
    else:
        text = " ".join(str(word) for word in words)
    return f"{seconds:9.1f}  {text}"[:LINE_LIMIT]


def _asked(kind: CallKind, asked: Any) -> str:
    write = _WRITERS.get(kind)
    return "; ".join(write(one) for one in asked) if write else str(asked)


def _frame(body: str) -> str:
    frame = msgspec.json.decode(body)
    sender = f"{frame['from']} {frame['lane']} {frame['seq']}" if "from" in frame else "nobody"
    replays = f" replays {frame['replays']}" if "replays" in frame else ""
    told = [message["data"].get("uid", message["type"]) for message in frame["messages"]] or sorted(frame)
    return f"{sender} to {frame['to']}{replays} {told}"


def _record(record: AgentRecord) -> str:
    inputs = (
        [made.way if hasattr(made, "way") else type(made).__name__ for made in record.turn.inputs]
        if record.turn
        else []
    )
    lanes = " ".join(
        f"{name}:{lane.handled}" + (f"+{lane.in_hand.done} tried {lane.in_hand.attempts}" if lane.in_hand else "")
        for name, lane in record.lanes.items()
    )
    holding = f" {record.holding}" if record.holding.held else ""
    return f"{record.agent} v{record.version} {record.status} [{lanes}] of {inputs}{holding} now {record.state}"


def _letter(letter: DeadLetter) -> str:
    return f"{letter.agent} {letter.letter_id} ({letter.reason})"


_WRITERS: dict[CallKind, Callable[[Any], str]] = {
    CallKind.COMMIT: lambda item: _record(from_item(item)),
    CallKind.LOAD: str,
    CallKind.LETTERS_PARK: _letter,
    CallKind.LETTERS_SETTLE: lambda one: f"{one.agent} {one.number} {one.decision.status}",
    CallKind.SEND: lambda entry: _frame(entry[1]),
    CallKind.SCHEDULE: lambda wake_up: f"{wake_up.to} at {wake_up.due:%d %H:%M:%S}",
    CallKind.KEEP: lambda kept: f"{kept.promise_id} {kept.answer.outcome} {bytes(kept.answer.value)!r}",
    CallKind.MARKS_READ: lambda name: f"{name[0]} {name[1]}",
    CallKind.MARKS_REMEMBER: lambda mark: f"{mark.agent} {mark.name} {mark.sequence}",
    CallKind.CLAIMS_PUT: lambda claim: claim.sha256[:8],
    CallKind.CLAIMS_GET: lambda claim: claim.sha256[:8],
    CallKind.PUBLISH: lambda event: event.event_id,
    CallKind.HAND_OVER: lambda call: call.idempotency_key,
    CallKind.COMPLETE: lambda answer: f"{answer.task_token} {answer.output or answer.error}",
}
