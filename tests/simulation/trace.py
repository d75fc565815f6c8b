"""What a run looks like to a reader: one line for each call and each move."""

from typing import Any

import msgspec

from lambdas.actors.agent_item import from_item
from lambdas.actors.agent_record import AgentRecord
from tests.simulation.faults import CallKind, Fault

LINE_LIMIT = 400


def line(seconds: float, words: tuple[object, ...]) -> str:
    """Write one line; a call is the invocation, its kind, what was asked, and its fault."""
    if len(words) == 4 and isinstance(words[1], CallKind):
        token, kind, asked, fault = words
        text = f"{token} {kind} {'' if fault is Fault.NONE else f'!! {fault} !! '}{_asked(kind, asked)}"
    else:
        text = " ".join(str(word) for word in words)
    return f"{seconds:9.1f}  {text}"[:LINE_LIMIT]


def _asked(kind: Any, asked: Any) -> str:
    match kind:
        case CallKind.COMMIT:
            return "; ".join(_record(from_item(item)) for item in asked)
        case CallKind.LOAD:
            return " ".join(str(agent) for agent in asked)
        case CallKind.LETTERS_PARK:
            return "; ".join(f"{letter.agent} {letter.letter_id} ({letter.reason})" for letter in asked)
        case CallKind.SEND:
            queue, entries = asked
            return f"{queue}: " + "; ".join(_frame(body) for _, body in entries)
        case CallKind.SCHEDULE:
            return " ".join(f"{wake_up.to} at {wake_up.due:%d %H:%M:%S}" for wake_up in asked)
        case _:
            return str(asked)


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
