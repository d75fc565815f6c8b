"""The ledger: every message that was accepted, and what became of it, checked at every commit and at the end.

It reads what was committed and what left, nothing else; the turn loop does not know of it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, from_item
from lambdas.actors.agent_record import AgentRecord, AgentStatus, LaneRecord
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import LetterKind
from lambdas.actors.frames import Frame, decode_frame, encode_frame
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import TaskAnswer
from lambdas.actors.turn_inputs import Told, ToldByClaim
from tests.simulation.accounts import Message, Pass
from tests.simulation.branches import branches_of
from tests.simulation.cast import KINDS, MARKS_IN_ITEM, mailbox_of
from tests.simulation.fold import fold
from tests.simulation.invocations import Invocation
from tests.simulation.messages import Do
from tests.simulation.names import entries_of, name_of, uid_of
from tests.simulation.reminders import Reminders
from tests.simulation.stores import Claims, Letters

ITEM_LIMIT_BYTES = 400 * 1024

FrameName = tuple[str, str, int]
"""Sender, its lane, and the frame's place in what that lane has sent."""


@dataclass
class Ledger:
    """What was accepted, committed, let out and applied so far."""

    claims: Claims
    letters: Letters
    messages: dict[str, Message] = field(default_factory=dict)
    records: dict[ActorId, AgentRecord] = field(default_factory=dict)
    items: dict[ActorId, list[AgentItem]] = field(default_factory=dict)
    """All versions of each agent, in order."""
    reminders: Reminders = field(default_factory=Reminders)
    passes: dict[tuple[str, str], list[Pass]] = field(default_factory=dict)
    """By agent and mailbox, in order."""
    garbage: list[str] = field(default_factory=list)
    """Ids of mailbox messages that nobody can read."""
    tasks: list[str] = field(default_factory=list)
    """Tokens of tasks of state machines that must be completed."""
    branches: Counter[str] = field(default_factory=Counter)
    completed: set[str] = field(default_factory=set)
    """Tokens of tasks that were completed."""
    outgoing: set[bytes] = field(default_factory=set)
    """Names of all that was committed to leave, but for frames."""
    left: set[bytes] = field(default_factory=set)
    """Of these, what has left."""
    frames: dict[FrameName, str] = field(default_factory=dict)
    """Frames that were committed, as they must leave."""
    frames_left: set[FrameName] = field(default_factory=set)
    _committers: set[int] = field(default_factory=set)
    _last_applied: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def accept(self, uid: str, to: str, queue: str, expires: datetime | None = None) -> None:
        """Note a message of a program."""
        assert uid not in self.messages, f"{uid} was told before"
        self.messages[uid] = Message(uid, to, queue, expires)

    def accept_again(self, uid: str, to: str, queue: str) -> None:
        """Note that an operator replays the letter of a message, or of a reminder."""
        message = self.messages.setdefault(uid, Message(uid, to, queue, told=0))
        message.told += 1
        message.queue, message.position = queue, None

    def enqueued(self, record: MailboxRecord) -> None:
        """Note where messages came into a mailbox first."""
        frame = decode_frame(record.body, ActorId.parse(record.agent))
        if frame.replays is not None:
            return
        for place, message in enumerate(self._messages_of(frame)):
            known = self.messages.get(uid_of(message))
            if known is not None and known.position is None:
                known.position = (record.sequence_number, place)

    def frame_leaves(self, queue: str, body: str) -> None:
        """Check that a frame on its way was committed by the one who sends it."""
        frame = decode_frame(body, ActorId.parse(msgspec.json.decode(body)["to"]))
        if frame.replays is not None or (frame.sender is None and not frame.messages):
            return
        if frame.sender is None:
            for message in frame.messages:
                uid = uid_of(message)
                assert int(uid.rsplit("@", 1)[1]) in self._committers, f"ghost: {uid} leaves, its turn never committed"
                self.messages.setdefault(uid, Message(uid, str(frame.to), queue, message.expires, may_be_lost=True))
            return
        name = (str(frame.sender.agent), frame.sender.lane, frame.sender.sequence)
        assert self.frames.get(name) == body, (
            f"ghost: frame {name} leaves as {body}, committed is {self.frames.get(name)}"
        )
        self.frames_left.add(name)

    def leaves(self, entry: Any, *, needs_commit: bool = True) -> None:
        """Check that something on its way was committed; what is for no agent is refused without a commit."""
        name = name_of(entry)
        assert not needs_commit or name in self.outgoing, f"ghost: {entry} leaves, no turn that committed made it"
        self.left.add(name)
        if isinstance(entry, TaskAnswer):
            self.completed.add(entry.task_token)

    def committed(self, invocation: Invocation, before: AgentItem | None, item: AgentItem) -> None:
        """Check a commit against the one before it, and note what it brought."""
        record = from_item(item)
        agent = record.agent
        previous = self.records.get(agent, AgentRecord(agent))
        assert record.version == previous.version + 1, f"{agent}: version {record.version} follows {previous.version}"
        self._committers.add(invocation.number)
        self._check_item(record, previous, item, invocation.lane)
        self._note_outbox(record, previous, invocation.lane)
        self._check_inputs(record, previous, invocation)
        self.reminders.check(record, previous)
        self._note_pass(record, previous, invocation)
        self.branches += branches_of(record, previous, invocation.lane)
        self.records[agent] = record
        self.items.setdefault(agent, []).append(item)

    def _note_pass(self, record: AgentRecord, previous: AgentRecord, invocation: Invocation) -> None:
        lane = record.lanes[invocation.lane]
        after = previous.lanes.get(invocation.lane, LaneRecord()).handled
        in_hand = lane.in_hand.sequence if lane.in_hand else 0
        one = Pass(str(record.agent), after, lane.handled, in_hand, invocation.now)
        self.passes.setdefault((str(record.agent), lane.queue), []).append(one)

    def _check_item(self, record: AgentRecord, previous: AgentRecord, item: AgentItem, lane: str) -> None:
        size = len(msgspec.msgpack.encode(dict(item)))
        assert size <= ITEM_LIMIT_BYTES, f"{record.agent}: item of {size} bytes"
        assert len(record.marks) <= MARKS_IN_ITEM, (
            f"{record.agent}: {len(record.marks)} marks, room is for {MARKS_IN_ITEM}"
        )
        others = {name: other for name, other in record.lanes.items() if name != lane}
        before = {name: other for name, other in previous.lanes.items() if name != lane}
        assert others == before, f"{record.agent}: a turn of lane {lane} changed other lanes"
        handled = previous.lanes.get(lane, LaneRecord()).handled
        assert record.lanes[lane].handled >= handled, f"{record.agent}: lane {lane} goes back behind {handled}"

    def _note_outbox(self, record: AgentRecord, previous: AgentRecord, lane: str) -> None:
        outbox = record.lanes[lane].outbox
        stands = previous.lanes.get(lane, LaneRecord())
        for frame in outbox.frames:
            assert frame.sender is not None
            name = (str(frame.sender.agent), frame.sender.lane, frame.sender.sequence)
            body = encode_frame(frame)
            assert self.frames.setdefault(name, body) == body, f"frame {name} was committed twice with other content"
            if frame.sender.sequence <= stands.sent:
                continue
            for message in self._messages_of(frame):
                if uid := uid_of(message):
                    assert uid not in self.messages, f"{uid} was sent before"
                    queue = mailbox_of(str(frame.to), frame.to_lane)
                    self.messages[uid] = Message(uid, str(frame.to), queue, message.expires)
        for letter in outbox.letters:
            wanted = KINDS[record.agent.kind].max_attempts
            is_early = letter.kind is LetterKind.PARKED and letter.attempts < wanted and letter.message_types
            assert not is_early, f"{letter.letter_id} was parked after {letter.attempts} attempts"
        self.outgoing.update(map(name_of, entries_of(outbox)))

    def _check_inputs(self, record: AgentRecord, previous: AgentRecord, invocation: Invocation) -> None:
        turn = record.turn
        assert turn is not None, f"{record.agent}: version {record.version} does not say what it was made of"
        assert turn.now == invocation.now
        folded = fold(record.agent, previous.state, turn, self.claims)
        made_of = {folded} if turn.inputs else {folded, previous.state or ""}
        assert (record.state or "") in made_of, (
            f"{record.agent}: version {record.version} is {record.state}, not {made_of}"
        )
        for made in turn.inputs:
            match made:
                case Told() if made.type == "Do":
                    self._apply(record.agent, msgspec.json.decode(made.data, type=Do).uid, invocation)
                case ToldByClaim():
                    content = msgspec.json.decode(self.claims.kept[made.claim], type=list[EncodedMessage])
                    for message in content[made.first : made.first + made.count]:
                        self._apply(record.agent, uid_of(message), invocation)
        state = msgspec.json.decode(record.state) if record.state else {"asked": 0, "answered": 0}
        if record.status is not AgentStatus.STOPPED:
            open_asks = state["asked"] - state["answered"]
            assert open_asks == len(record.asks), f"{record.agent}: {open_asks} questions open, known are {record.asks}"

    def _apply(self, agent: ActorId, uid: str, invocation: Invocation) -> None:
        message = self.messages.get(uid)
        assert message is not None, f"ghost: {agent} applied {uid}, which nobody sent"
        assert message.to == str(agent), f"{agent} applied {uid}, which was for {message.to}"
        message.applied += 1
        assert message.applied <= message.told, f"{agent} applied {uid} {message.applied} times"
        expired = message.expires is not None and invocation.now >= message.expires
        assert not expired, f"{agent} applied {uid} at {invocation.now}, it had expired at {message.expires}"
        assert message.position is not None, f"{agent} applied {uid}, which never came into its mailbox"
        lane = (message.to, message.queue)
        last = self._last_applied.get(lane, (0, 0))
        assert message.position > last, f"{agent} applied {uid} from place {message.position} after one from {last}"
        self._last_applied[lane] = message.position

    def _messages_of(self, frame: Frame) -> list[EncodedMessage]:
        if frame.claim is None:
            return list(frame.messages)
        assert frame.claim in self.claims.kept, f"{frame.claim} is not kept, its frame was committed"
        return msgspec.json.decode(self.claims.kept[frame.claim], type=list[EncodedMessage])
