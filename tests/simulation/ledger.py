"""The ledger: every message that was accepted, and what became of it, checked at every commit and at the end.

It reads what was committed and what left, nothing else; the turn loop does not know of it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, from_item
from lambdas.actors.agent_record import AgentRecord, AgentStatus, LaneRecord
from lambdas.actors.behavior import Behavior
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import DecidedLetter, LetterKind, LetterStatus, refused_letter_id
from lambdas.actors.frames import Frame, decode_frame, encode_frame
from lambdas.actors.journal import JournalEntry, entry_of
from lambdas.actors.journal_rebuild import Rebuilt, rebuild
from lambdas.actors.lanes import mailbox_name
from lambdas.actors.letters import TIMER_LANE
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import TaskAnswer
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue, Told, ToldByClaim
from tests.simulation.cast import ATTEMPTS, MARKS_IN_ITEM, Do, Op
from tests.simulation.fold import fold
from tests.simulation.invocations import Invocation
from tests.simulation.stores import Claims, Letters

UID = re.compile(r'\\*"uid\\*": ?\\*"([^"\\]+)')
ITEM_LIMIT_BYTES = 400 * 1024


@dataclass
class Message:
    """A message that was accepted for an agent: by its mailbox from a program, or by the commit of the one who sent."""

    uid: str
    to: str
    queue: str
    expires: datetime | None = None
    may_be_lost: bool = False
    told: int = 1
    """How often it was accepted: once, and once more each time that an operator replayed its letter."""
    position: tuple[int, int] | None = None
    """Where it came into its mailbox first: the number of the mailbox message, and its place in the frame."""
    applied: int = 0


@dataclass
class Ledger:
    """What was accepted, committed, let out and applied so far."""

    claims: Claims
    letters: Letters
    messages: dict[str, Message] = field(default_factory=dict)
    records: dict[ActorId, AgentRecord] = field(default_factory=dict)
    entries: dict[ActorId, list[JournalEntry]] = field(default_factory=dict)
    """What the journal has of each agent."""
    fired: Counter[str] = field(default_factory=Counter)
    """How often each reminder took effect."""
    garbage: list[str] = field(default_factory=list)
    """Ids of mailbox messages that nobody can read."""
    tasks: list[str] = field(default_factory=list)
    """Tokens of tasks of state machines that must be completed."""
    branches: Counter[str] = field(default_factory=Counter)
    latest_now: dict[str, datetime] = field(default_factory=dict)
    """The latest clock by which an agent has committed."""
    completed: set[str] = field(default_factory=set)
    """Tokens of tasks that were completed."""
    _committed: set[bytes] = field(default_factory=set)
    _left: set[bytes] = field(default_factory=set)
    _frames: dict[tuple[str, str, int], str] = field(default_factory=dict)
    _frames_left: set[tuple[str, str, int]] = field(default_factory=set)
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
        message.position = None

    def enqueued(self, record: MailboxRecord) -> None:
        """Note where messages came into a mailbox first."""
        frame = decode_frame(record.body, ActorId.parse(record.agent))
        if frame.replays is not None:
            return
        for place, message in enumerate(self._messages_of(frame)):
            known = self.messages.get(_uid(message))
            if known is not None and known.position is None:
                known.position = (record.sequence_number, place)

    def frame_leaves(self, queue: str, body: str) -> None:
        """Check that a frame on its way was committed by the one who sends it."""
        frame = decode_frame(body, ActorId.parse(msgspec.json.decode(body)["to"]))
        if frame.replays is not None or (frame.sender is None and not frame.messages):
            return
        if frame.sender is None:
            for message in frame.messages:
                uid = _uid(message)
                assert int(uid.rsplit("@", 1)[1]) in self._committers, f"ghost: {uid} leaves, its turn never committed"
                self.messages.setdefault(uid, Message(uid, str(frame.to), queue, message.expires, may_be_lost=True))
            return
        name = (str(frame.sender.agent), frame.sender.lane, frame.sender.sequence)
        assert self._frames.get(name) == body, (
            f"ghost: frame {name} leaves as {body}, committed is {self._frames.get(name)}"
        )
        self._frames_left.add(name)

    def leaves(self, entry: Any, *, needs_commit: bool = True) -> None:
        """Check that something on its way was committed; what is for no agent is refused without a commit."""
        name = _name(entry)
        assert not needs_commit or name in self._committed, f"ghost: {entry} leaves, no turn that committed made it"
        self._left.add(name)
        if isinstance(entry, TaskAnswer):
            self.completed.add(entry.task_token)

    def committed(self, invocation: Invocation, before: AgentItem | None, item: AgentItem) -> None:
        """Check a commit against the one before it, and note what it brought."""
        record = from_item(item)
        agent = record.agent
        previous = self.records.get(agent, AgentRecord(agent))
        assert record.version == previous.version + 1, f"{agent}: version {record.version} follows {previous.version}"
        self._committers.add(invocation.number)
        self.latest_now[str(agent)] = max(invocation.now, self.latest_now.get(str(agent), invocation.now))
        self._check_item(record, previous, item, invocation.lane)
        self._note_outbox(record, previous, invocation.lane)
        self._check_inputs(record, previous, invocation)
        self._check_timers(record, previous)
        self._note_branches(record, previous, invocation.lane)
        self.records[agent] = record
        self.entries.setdefault(agent, []).append(entry_of(item, invocation.now))

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
            assert self._frames.setdefault(name, body) == body, f"frame {name} was committed twice with other content"
            if frame.sender.sequence <= stands.sent:
                self.branches["carry"] += 1
                continue
            for message in self._messages_of(frame):
                if uid := _uid(message):
                    assert uid not in self.messages, f"{uid} was sent before"
                    queue = mailbox_name(frame.to.kind, frame.to_lane)
                    self.messages[uid] = Message(uid, str(frame.to), queue, message.expires)
        self._committed.update(map(_name, entries_of(outbox)))

    def _check_inputs(self, record: AgentRecord, previous: AgentRecord, invocation: Invocation) -> None:
        turn = record.turn
        assert turn is not None, f"{record.agent}: version {record.version} does not say what it was made of"
        assert turn.now == invocation.now
        folded = fold(record.agent, previous.state, turn, self.claims)
        assert folded == record.state or not turn.inputs, (
            f"{record.agent}: version {record.version} is {record.state}, its inputs make {folded}"
        )
        for made in turn.inputs:
            match made:
                case Told() if made.type == "Do":
                    self._apply(record.agent, msgspec.json.decode(made.data, type=Do).uid, invocation)
                case ToldByClaim():
                    content = msgspec.json.decode(self.claims.kept[made.claim], type=list[EncodedMessage])
                    for message in content[made.first : made.first + made.count]:
                        self._apply(record.agent, _uid(message), invocation)
                case TimerDue(name, _, data):
                    self._fire(name, msgspec.json.decode(data, type=Do), record, previous, invocation)
                case Answered(_, answer):
                    self.branches[f"answer {answer.outcome}"] += 1
                case Begun():
                    self.branches["begun"] += 1
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

    def _fire(self, name: str, timer: Do, record: AgentRecord, previous: AgentRecord, invocation: Invocation) -> None:
        """Check that a reminder fired once it was due, and once for all times that it was due."""
        assert timer.due is not None
        self.branches["timer"] += 1
        self.fired[timer.uid] += 1
        assert invocation.now >= timer.due, f"timer {timer.uid} fired at {invocation.now}, due was {timer.due}"
        assert timer.every_seconds or self.fired[timer.uid] == 1, f"timer {timer.uid} took effect again"
        before, after = previous.timers.get(name), record.timers.get(name)
        if before is not None and _uid(before.message) == timer.uid:
            assert invocation.now >= before.due, f"timer {timer.uid} fired at {invocation.now}, due was {before.due}"
        if after is not None and _uid(after.message) == timer.uid:
            assert after.due > invocation.now, f"timer {timer.uid} would tick again at once"

    def _check_timers(self, record: AgentRecord, previous: AgentRecord) -> None:
        """Check that no reminder goes unless it fired, or for a reason."""
        assert record.turn is not None
        fired = {_uid_of(made.data) for made in record.turn.inputs if isinstance(made, TimerDue)}
        for name, timer in previous.timers.items():
            uid = _uid(timer.message)
            is_kept = name in record.timers and _uid(record.timers[name].message) == uid
            assert is_kept or uid in fired or self._is_given_up(record, name, uid), (
                f"{record.agent}: timer {name} ({uid}) is lost"
            )

    def _is_given_up(self, record: AgentRecord, name: str, uid: str) -> bool:
        """Tell whether a timer went for a reason: cancelled, replaced, parked, or its incarnation ended."""
        assert record.turn is not None
        if record.status is AgentStatus.STOPPED or any(isinstance(made, Begun) for made in record.turn.inputs):
            return True
        outboxes = [lane.outbox for lane in record.lanes.values()]
        if any(uid in uids_of(letter.body) for outbox in outboxes for letter in outbox.letters):
            return True
        for made in record.turn.inputs:
            if isinstance(made, Told | TimerDue) and made.type == "Do":
                for step in msgspec.json.decode(made.data, type=Do).steps:
                    if step.op is Op.EXIT or (step.op in {Op.CANCEL, Op.REMIND} and step.name == name):
                        return True
        return False

    def _note_branches(self, record: AgentRecord, previous: AgentRecord, lane: str) -> None:
        branches, stands = self.branches, record.lanes[lane]
        branches["progress"] += stands.in_hand is not None and stands.in_hand.done > 0
        branches["retry"] += stands.in_hand is not None and stands.in_hand.attempts > 0
        branches["evict"] += bool(stands.outbox.evicted)
        branches["replay"] += bool(stands.outbox.replays)
        branches["handled held"] += record.holding.replayed > previous.holding.replayed
        branches["upcast"] += record.schema > previous.schema
        branches["claim"] += any(frame.claim is not None for frame in stands.outbox.frames)
        branches[f"becomes {record.status}"] += record.status is not previous.status
        for letter in stands.outbox.letters:
            branches[f"letter {letter.kind}"] += 1
            branches[f"letter for {letter.reason.partition(':')[0]}"] += letter.kind is LetterKind.PARKED
            is_early = letter.kind is LetterKind.PARKED and letter.attempts < ATTEMPTS and letter.message_types
            assert not is_early, f"{letter.letter_id} was parked after {letter.attempts} attempts"

    # What must hold once all has drained.

    def check_all_accounted_for(self) -> None:
        """Check conservation: what was accepted was applied, parked, refused, dropped or expired, each once."""
        set_aside = Counter(uid for letter in self.letters.kept.values() for uid in self._fates_of(letter))
        for uid, message in self.messages.items():
            fates = message.applied + set_aside[uid]
            if fates == message.told or (message.may_be_lost and fates == 0):
                continue
            latest = self.latest_now.get(message.to)
            may_have_expired = message.expires is not None and latest is not None and latest >= message.expires
            assert fates == message.told - 1 and may_have_expired, (
                f"{uid} for {message.to} was accepted {message.told} times, applied {message.applied} times"
                f" and set aside {set_aside[uid]} times"
            )
            self.branches["expire"] += 1
        for decided in self.letters.kept.values():
            letter = decided.letter
            is_open = letter.kind is LetterKind.HELD and decided.decision is None
            assert not is_open, f"{letter.letter_id} of {letter.agent} is held for ever"
        for task_token in self.tasks:
            assert task_token in self.completed, f"task {task_token} was never completed"
        refused = {letter_id for _, letter_id in self.letters.kept}
        for message_id in self.garbage:
            assert refused_letter_id(message_id) in refused, f"{message_id} cannot be read, and no letter tells of it"

    def check_all_left(self) -> None:
        """Check that whatever was committed has left at least once."""
        kept = self._committed - self._left
        assert not kept, f"committed and never let out: {kept}"
        frames = self._frames.keys() - self._frames_left
        assert not frames, f"frames committed and never sent: {frames}"

    def check_journal(self, behaviors: Mapping[str, Behavior[Any]]) -> None:
        """Check that the journal rebuilds the last version of each agent."""
        for agent, entries in self.entries.items():
            rebuilt = rebuild(behaviors[agent.kind], agent, entries, entries[-1].version, self.claims.kept)
            assert isinstance(rebuilt, Rebuilt), f"{agent}: {rebuilt}"
            assert rebuilt.state == (self.records[agent].state or ""), f"{agent} is rebuilt as {rebuilt.state}"

    def check_nobody_waits(self) -> None:
        """Check that all agents run, and that no reminder or question is left."""
        for record in self.records.values():
            assert record.status is AgentStatus.RUNNING, f"{record.agent} is {record.status} for ever: {record.holding}"
            assert not record.timers, f"{record.agent}: reminders {list(record.timers)} never fired"
            assert not record.asks, f"{record.agent}: questions {list(record.asks)} have no outcome"

    def _fates_of(self, decided: DecidedLetter) -> Iterable[str]:
        """Name the messages that a letter accounts for; one that was held is accounted for when it is dropped.

        Reminders are no messages, and are not accounted for here: one that ticks may fail at every tick.
        """
        letter, decision = decided.letter, decided.decision
        if letter.letter_id.startswith(f"parked/{TIMER_LANE}/"):
            return []
        if letter.kind is LetterKind.HELD and (decision is None or decision.status is not LetterStatus.DROPPED):
            return []
        body = letter.body if letter.claim is None else self.claims.kept[letter.claim].decode()
        return uids_of(body)

    def _messages_of(self, frame: Frame) -> list[EncodedMessage]:
        if frame.claim is None:
            return list(frame.messages)
        assert frame.claim in self.claims.kept, f"{frame.claim} is not kept, its frame was committed"
        return msgspec.json.decode(self.claims.kept[frame.claim], type=list[EncodedMessage])


def entries_of(outbox: Any) -> list[Any]:
    """List what an outbox lets out, but for frames and windows of held messages."""
    return [
        *outbox.evicted,
        *outbox.letters,
        *outbox.wake_ups,
        *outbox.events,
        *outbox.calls,
        *outbox.promises,
        *outbox.answers,
        *outbox.settled,
    ]


def _name(entry: Any) -> bytes:
    """Tell what leaves from all else that leaves."""
    return type(entry).__name__.encode() + msgspec.json.encode(entry)


def uids_of(text: str) -> list[str]:
    """Name the messages in a text: a list of messages, or a frame as it came."""
    return UID.findall(text)


def _uid(message: EncodedMessage) -> str:
    """Name a message; system messages have no name of their own."""
    if message.type.startswith("$"):
        return ""
    found = UID.search(bytes(message.data).decode())
    return found.group(1) if found else ""


def _uid_of(data: msgspec.Raw) -> str:
    found = UID.search(bytes(data).decode())
    return found.group(1) if found else ""
