"""One turn of one agent up to its commit: FILTER and RUN. Nothing leaves the process here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.arrivals import Arrival, arrival
from lambdas.actors.claims import Claim
from lambdas.actors.closing import Closed, close
from lambdas.actors.draft import AgentKind, Counts, Draft, TurnContext
from lambdas.actors.frames import Frame
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.marks import known_elsewhere, names_to_look_up
from lambdas.actors.outbox import Outbox
from lambdas.actors.turn_failure import TurnFailure
from lambdas.actors.turn_run import RunPlan, TurnRun

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
class ReadGroup:
    """A group with its agent as loaded: what was handled before, and what is new."""

    group: Group
    record: AgentRecord
    lane: str
    duplicates: tuple[MailboxRecord, ...]
    fresh: tuple[Arrival, ...]
    carried: Outbox
    """What the last commit of the lane perhaps never let out."""

    def claims(self) -> Iterator[Claim]:
        """Name the contents that must be fetched before the run."""
        return (one.frame.claim for one in self.fresh if one.frame is not None and one.frame.claim is not None)

    def names(self) -> Iterator[tuple[ActorId, str]]:
        """Name the marks that must be looked up before the run."""
        for one in self.fresh:
            if one.frame is not None:
                yield from ((self.group.agent, name) for name in names_to_look_up(self.record, one.frame, self.lane))


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a run needs besides the items of its agents."""

    claimed: Mapping[str, bytes] = field(default_factory=dict)
    marks: Mapping[tuple[ActorId, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupRun:
    """What running the messages of one agent has come to."""

    handled: tuple[str, ...] = ()
    """Message ids that may be acknowledged after the flush."""
    unhandled: tuple[str, ...] = ()
    """Message ids that must come again: from the first that failed, or for which there was no room, on."""
    next_item: AgentItem | None = None
    """To be committed; None when no message was fresh, or nothing of the turn can be stored."""
    claims: Mapping[Claim, bytes] = field(default_factory=dict)
    """To be kept before the commit."""
    outbox: Outbox = field(default_factory=Outbox)
    """To be flushed once ``next_item`` is committed, or at once when there is none."""
    loose: tuple[Frame, ...] = ()
    """To be sent once after the commit."""
    failures: tuple[TurnFailure, ...] = ()
    retry_attempt: int = 0
    """Number of the attempt that failed, of the first unhandled message; 0 when none has."""
    counts: Counts = field(default_factory=Counts)


def read_group(group: Group, record: AgentRecord, lane: str) -> ReadGroup:
    """Tell the messages that were handled before from the fresh ones, and say what must be carried.

    A message that a commit has touched says that the stored outbox perhaps never left: it was handled, or is in
    hand. Then the outbox goes out again, in front of what the fresh messages bring: it is carried. Only the arrival
    of a message that no commit has touched tells that all before it has left.
    """
    stands = record.lanes.get(lane)
    if stands is None:
        return ReadGroup(group, record, lane, (), _arrivals(group, group.messages), Outbox())
    has_moved = stands.queue != group.messages[0].queue
    last_handled = 0 if has_moved else stands.handled
    duplicates = tuple(message for message in group.messages if message.sequence_number <= last_handled)
    fresh = tuple(message for message in group.messages if message.sequence_number > last_handled)
    is_carried = bool(duplicates) or has_moved or stands.in_hand is not None
    carried = stands.outbox if is_carried else Outbox()
    return ReadGroup(group, record, lane, duplicates, _arrivals(group, fresh), carried)


def run_group(kind: AgentKind[S], read: ReadGroup, looked_up: LookedUp, now: datetime, token: str) -> GroupRun:
    """Run what is fresh, in order; what cannot be committed whole in parts, down to the failure of one message."""
    duplicates = _ids(read.duplicates)
    if not read.fresh:
        return GroupRun(handled=duplicates, outbox=read.carried, counts=Counts(duplicates=len(duplicates)))
    known = known_elsewhere(read.record)
    for name, sequence in _marks_of(read.group.agent, looked_up).items():
        known[name] = max(sequence, known.get(name, 0))
    context = TurnContext(kind, read.record, known, looked_up.claimed, now, token)
    return _Attempts(context, read).run()


class _Attempts(Generic[S]):
    """Tries a turn whole, then ever less of it, until what it comes to can be stored."""

    def __init__(self, context: TurnContext[S], read: ReadGroup) -> None:
        self._context = context
        self._read = read

    def run(self) -> GroupRun:
        outcome = self._try(RunPlan())
        if isinstance(outcome, GroupRun):
            return outcome
        limit, first_error = outcome
        while limit > 1:
            limit //= 2
            outcome = self._try(RunPlan(limit))
            if isinstance(outcome, GroupRun):
                return outcome
            first_error = outcome[1]
        for plan in (
            RunPlan(1, fires_timers=False),
            RunPlan(1, first_error=first_error),
            RunPlan(1, fires_timers=False, first_error=first_error),
        ):
            outcome = self._try(plan)
            if isinstance(outcome, GroupRun):
                return outcome
        return self._nothing(outcome[1])

    def _try(self, plan: RunPlan) -> GroupRun | tuple[int, Exception]:
        """Run by a plan; answer what it has come to, or how many messages were too many and why."""
        draft = Draft(self._context, self._read.group.messages[0].queue)
        turn = TurnRun(draft, plan)
        finished = turn.run(self._read.fresh)
        try:
            closed = close(draft, self._read.carried)
        except Exception as error:  # noqa: BLE001 - a state or a message that cannot be written is the agent's failure
            return turn.handled_messages, error
        return self._outcome(turn, finished, closed)

    def _outcome(self, turn: TurnRun[S], finished: int, closed: Closed) -> GroupRun:
        read, counts = self._read, turn.draft.counts
        counts.duplicates = len(read.duplicates)
        return GroupRun(
            handled=_ids([*read.duplicates, *(one.message for one in read.fresh[:finished])]),
            unhandled=_ids([one.message for one in read.fresh[finished:]]),
            next_item=closed.item,
            claims=closed.claims,
            outbox=closed.outbox,
            loose=closed.loose,
            failures=tuple(turn.failures),
            retry_attempt=turn.retry_attempt,
            counts=counts,
        )

    def _nothing(self, error: Exception) -> GroupRun:
        """Nothing of the turn can be stored, not even that it failed: its messages come again."""
        read = self._read
        failure = TurnFailure(str(read.group.agent), read.fresh[0].message.message_id, error)
        return GroupRun(
            handled=_ids(read.duplicates),
            unhandled=_ids([one.message for one in read.fresh]),
            outbox=read.carried,
            failures=(failure,),
            retry_attempt=1,
            counts=Counts(duplicates=len(read.duplicates)),
        )


def _arrivals(group: Group, messages: Sequence[MailboxRecord]) -> tuple[Arrival, ...]:
    return tuple(arrival(message, group.agent) for message in messages)


def _marks_of(agent: ActorId, looked_up: LookedUp) -> dict[str, int]:
    return {name: sequence for (owner, name), sequence in looked_up.marks.items() if owner == agent}


def _ids(messages: Sequence[MailboxRecord]) -> tuple[str, ...]:
    return tuple(message.message_id for message in messages)
