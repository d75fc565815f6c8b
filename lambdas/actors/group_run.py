"""One turn of one agent up to its commit: FILTER and RUN. Nothing leaves the process here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, ItemFormatError, from_item
from lambdas.actors.agent_record import AgentRecord, LaneRecord
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import Outbox
from lambdas.actors.turn_in_progress import AgentKind, TurnFailure, TurnInProgress

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Group:
    """The messages of one agent in a batch, in order; at least one."""

    agent: ActorId
    messages: tuple[MailboxRecord, ...]

    @property
    def message_ids(self) -> tuple[str, ...]:
        """Ids of the messages, in order."""
        return _ids(self.messages)


@dataclass(frozen=True, slots=True)
class GroupRun:
    """What running the messages of one agent has come to."""

    handled: tuple[str, ...] = ()
    """Message ids that may be acknowledged after the flush."""
    unhandled: tuple[str, ...] = ()
    """Message ids that must come again: from the first that raised on."""
    next_item: AgentItem | None = None
    """To be committed; None when no message was fresh or the first fresh one raised."""
    outbox: Outbox = field(default_factory=Outbox)
    """To be flushed once ``next_item`` is committed, or at once when there is none."""
    failures: tuple[TurnFailure, ...] = ()
    duplicates: int = 0
    repeats: int = 0
    timers_fired: int = 0


def run_group(kind: AgentKind[S], group: Group, item: AgentItem | None, now: datetime, token: str) -> GroupRun:
    """Handle what was not handled before, in order, up to the first message that raises.

    A message that was handled before says that the stored outbox perhaps never left. Then that goes out again,
    in front of what the fresh messages bring: it is carried. Nothing is committed without a fresh message
    handled, because only the arrival of the message after it tells the next turn that this outbox has left.
    """
    try:
        record = AgentRecord(group.agent) if item is None else from_item(item)
    except ItemFormatError as error:
        failure = TurnFailure(str(group.agent), group.message_ids[0], error)
        return GroupRun(unhandled=group.message_ids, failures=(failure,))

    stands = record.lanes.get(kind.lane, LaneRecord())
    has_moved = stands.queue not in {"", group.messages[0].queue}
    last_handled = 0 if has_moved else stands.handled
    duplicates = [message for message in group.messages if message.sequence_number <= last_handled]
    fresh = [message for message in group.messages if message.sequence_number > last_handled]
    carried = stands.outbox if duplicates or has_moved else Outbox()

    turn = TurnInProgress(kind, record, carried, now, token)
    handled_fresh = turn.handle(fresh)
    return GroupRun(
        handled=_ids([*duplicates, *fresh[:handled_fresh]]),
        unhandled=_ids(fresh[handled_fresh:]),
        next_item=turn.next_item if handled_fresh else None,
        outbox=turn.outbox if handled_fresh else carried,
        failures=tuple(turn.failures),
        duplicates=len(duplicates),
        repeats=turn.repeats,
        timers_fired=turn.timers_fired if handled_fresh else 0,
    )


def _ids(messages: Sequence[MailboxRecord]) -> tuple[str, ...]:
    return tuple(message.message_id for message in messages)
