"""RUN: one agent handles due timers and fresh messages, each whole or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from lambdas.actors.agent_item import AgentItem, to_item
from lambdas.actors.agent_record import AgentRecord, LaneRecord
from lambdas.actors.behavior import Behavior
from lambdas.actors.codec import BehaviorCodec
from lambdas.actors.draft import Draft, after_turn, close
from lambdas.actors.frames import decode_frame
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.marks import is_repeat, marked
from lambdas.actors.outbox import Outbox
from lambdas.actors.reach import Reach
from lambdas.actors.timers import RETRY_AFTER, Timer, due_timers, hint_still_out, is_still_set

S = TypeVar("S")


class NewerSchemaError(ValueError):
    """A state was written by newer code than this; a retry helps once that code runs again."""


@dataclass(frozen=True, slots=True)
class TurnFailure:
    """Something of an agent's turn raised: a mailbox message, or a timer when ``message_id`` is empty."""

    agent: str
    message_id: str
    error: Exception


@dataclass(frozen=True, slots=True)
class AgentKind(Generic[S]):
    """What a turn must know of the kind of its agent, and the lane it runs in."""

    behavior: Behavior[S]
    codec: BehaviorCodec[S]
    reach: Reach
    lane: str


class TurnInProgress(Generic[S]):
    """A turn that grows step by step; ``next_item`` and ``outbox`` are what it would commit after the last good one."""

    def __init__(self, kind: AgentKind[S], loaded: AgentRecord, carried: Outbox, now: datetime, token: str) -> None:
        self._kind = kind
        self._loaded = loaded
        self._stands = loaded.lanes.get(kind.lane, LaneRecord())
        self._carried = carried
        self._now = now
        self._token = token
        self._draft: Draft[S]
        self.next_item: AgentItem | None = None
        self.outbox = carried
        self.failures: list[TurnFailure] = []
        self.repeats = 0
        self.timers_fired = 0

    def handle(self, fresh: Sequence[MailboxRecord]) -> int:
        """Fire due timers, then handle messages up to the first that raises; answer how many were handled."""
        if not fresh or not self._begin(fresh[0]):
            return 0
        for place, message in enumerate(fresh):
            if not self._step(message.message_id, partial(self._after_message, message)):
                return place
        return len(fresh)

    def _begin(self, first: MailboxRecord) -> bool:
        if not self._step(first.message_id, lambda: self._first_draft(first.queue)):
            return False
        for name, timer in due_timers(self._draft.timers, self._now):
            if is_still_set(self._draft.timers, name, timer):
                self._fire(name, timer)
        return True

    def _fire(self, name: str, timer: Timer) -> None:
        """Tell the agent that a timer is due; one that raises is put off, so that it does not hold up messages."""
        if self._step("", lambda: self._after_timer(name, timer)):
            self.timers_fired += 1
            return
        put_off = replace(timer, due=self._now + RETRY_AFTER, generation=self._draft.version)
        self._draft = replace(self._draft, timers={**self._draft.timers, name: put_off})

    def _step(self, message_id: str, next_draft: Callable[[], Draft[S]]) -> bool:
        """Take one step, or none of it: what raises leaves the draft as it was."""
        try:
            draft = next_draft()
            item, outbox = self._closed(draft)
        except Exception as error:  # noqa: BLE001 - a reaction may raise anything, and must not harm other agents
            self.failures.append(TurnFailure(str(self._loaded.agent), message_id, error))
            return False
        self._draft, self.next_item, self.outbox = draft, item, outbox
        return True

    def _first_draft(self, queue: str) -> Draft[S]:
        loaded, behavior = self._loaded, self._kind.behavior
        if loaded.schema > behavior.schema:
            raise NewerSchemaError(
                f"state of {loaded.agent} has schema {loaded.schema}, known is {behavior.schema}; deploy newer code"
            )
        stored = loaded.state
        return Draft(
            agent=loaded.agent,
            version=loaded.version + 1,
            state=behavior.initial_state(loaded.agent.key) if stored is None else self._kind.codec.decode_state(stored),
            timers=loaded.timers,
            marks=loaded.marks,
            hinted=hint_still_out(loaded.hinted, self._now),
            queue=queue,
            handled=self._stands.handled,
        )

    def _after_timer(self, name: str, timer: Timer) -> Draft[S]:
        rest = {other: later for other, later in self._draft.timers.items() if other != name}
        message = self._kind.codec.decode_message(timer.message)
        return self._react(replace(self._draft, timers=rest), message)

    def _after_message(self, message: MailboxRecord) -> Draft[S]:
        frame = decode_frame(message.body, self._loaded.agent)
        draft = replace(
            self._draft,
            handled=message.sequence_number,
            hinted=hint_still_out(self._draft.hinted, self._now, frame.due),
        )
        sender, lane = frame.sender, self._kind.lane
        if sender is not None:
            if is_repeat(draft.marks, sender, lane):
                self.repeats += 1
                return draft
            draft = replace(draft, marks=marked(draft.marks, sender, lane, self._now))
        for encoded in frame.messages:
            draft = self._react(draft, self._kind.codec.decode_message(encoded))
        return draft

    def _react(self, draft: Draft[S], message: Any) -> Draft[S]:
        turn = self._kind.behavior.react(draft.state, message, self._now)
        return after_turn(draft, turn, lambda effect: self._kind.reach.check(draft.agent.kind, effect))

    def _closed(self, draft: Draft[S]) -> tuple[AgentItem, Outbox]:
        """Make the item that this draft would commit, and its outbox; raises when it would not fit."""
        kind = self._kind
        lane_record, hinted = close(draft, kind.lane, self._stands.sent, self._carried)
        record = AgentRecord(
            agent=draft.agent,
            version=draft.version,
            schema=kind.behavior.schema,
            state=kind.codec.encode_state(draft.state),
            lanes={**self._loaded.lanes, kind.lane: lane_record},
            marks=draft.marks,
            timers=draft.timers,
            hinted=hinted,
            committed_by=self._token,
            listed=dict(kind.behavior.index(draft.state)),
        )
        return to_item(record), lane_record.outbox
