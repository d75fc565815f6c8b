"""The simulated world: a clock, the outside, invocations on their way, and those who tell agents something."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, LetterKind, LetterStatus, held_number
from lambdas.actors.frames import ClientRequest, Frame, encode_frame
from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import PromiseRecord
from lambdas.actors.system_messages import DropHeld
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.wake_up_relay import WakeUpRelay
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from tests.simulation.cast import KINDS, NEXT_KINDS, Do, Op
from tests.simulation.course import Course
from tests.simulation.faults import CallKind, Fault
from tests.simulation.invocations import Invocation
from tests.simulation.ledger import uids_of
from tests.simulation.outside import QUEUES, Outside
from tests.simulation.queues import Delivery
from tests.simulation.runtime import AT_ONCE, Process, check_no_leak
from tests.simulation.stores import Items, Promises
from tests.simulation.trace import line

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONGEST_SKEW_SECONDS = 300
SKEWS = (0, 0, 5, LONGEST_SKEW_SECONDS)
REHEARSED_SHARE = 0.05
DEPLOYING_SHARE = 0.15


@dataclass
class World:
    """All that is simulated. A schedule moves it."""

    course: Course
    loop_type: type[TurnLoop[Any]] = TurnLoop
    items_type: type[Items] = Items
    promises: Promises = field(default_factory=Promises)
    is_traced: bool = False
    rehearsed_share: float = REHEARSED_SHARE
    """Of the invocations, so many are run again in a fresh process."""

    def __post_init__(self) -> None:
        self.seconds = 0.0
        self.trace: list[str] = []
        self.outside = Outside(self.course, lambda: self.seconds, promises=self.promises, items_type=self.items_type)
        self.ledger, self.queues = self.outside.ledger, self.outside.queues
        self.skew = self.course.one_of(SKEWS)
        self.outside.may_lose_wake_ups = self.course.happens(0.2)
        self.invocations: list[Invocation] = []
        self.started = 0
        self.ended = Counter[str]()
        self.deleted: list[MailboxRecord] = []
        self.seen_to: set[tuple[str, str]] = set()
        """Held messages after which an operator has resumed an agent that stood still at them."""
        self.outcomes: dict[str, EncodedAnswer] = {}
        self.deploys = self.course.happens(DEPLOYING_SHARE)
        """Whether some processes run newer code than others, until faults end."""
        self._processes: dict[int, Process] = {}
        self._idle: dict[str, list[Process]] = {}
        self._posted = 0
        self._replayed: set[str] = set()

    # What invocations need of their host.

    def note(self, *words: object) -> None:
        if self.is_traced:
            self.trace.append(line(self.seconds, words))

    def at_call(self, invocation: Invocation, call: CallKind) -> Fault:
        return self.course.fault(call)

    def acknowledge(self, invocation: Invocation, message_ids: Sequence[str]) -> None:
        self.deleted += [record for record in invocation.records if record.message_id in message_ids]
        self.queues.delete(invocation.delivery, message_ids)

    # Moves.

    def now(self) -> datetime:
        """Read a clock that may go wrong by some minutes."""
        skewed = self.seconds + self.course.number(-self.skew, self.skew)
        return START + timedelta(seconds=int(skewed))

    def invoke(self, queue: str, limit: int, *, steps_only: bool = False) -> Invocation:
        """Give a function what its mailbox has."""
        kind, lane = QUEUES[queue]
        delivery = self.queues.receive(queue, limit, self.course)
        self.started += 1
        process = self._process(kind)
        self._processes[self.started] = process
        invocation = Invocation(
            number=self.started,
            host=self,
            kind=kind,
            lane=lane,
            delivery=delivery,
            now=self.now().replace(microsecond=self.started),
            random_share=self.course.share(),
            handle=process.handle,
            steps_only=steps_only,
        )
        self.note(invocation.token, "is given", [record.message_id for record in delivery.records], "of", queue)
        self.invocations.append(invocation)
        invocation.start()
        self.after(invocation)
        return invocation

    def _process(self, kind: str) -> Process:
        """Choose a process that is idle, or start one."""
        idle = self._idle.setdefault(kind, [])
        if self.deploys and self.course.is_quiet:
            idle[:] = [process for process in idle if process.behavior is NEXT_KINDS[kind]]
        if idle:
            return idle.pop(self.course.number(0, len(idle) - 1))
        is_new = self.deploys and (self.course.is_quiet or self.course.happens(0.5))
        return Process(NEXT_KINDS[kind] if is_new else KINDS[kind], self.outside, self.loop_type)

    def resume(self, invocation: Invocation) -> None:
        """Let a suspended invocation go on."""
        invocation.resume()
        self.after(invocation)

    def after(self, invocation: Invocation) -> None:
        """Look at what an invocation has done since it ran last."""
        if not invocation.has_ended:
            return
        self.invocations.remove(invocation)
        if invocation.has_crashed:
            self.ended["crashed"] += 1
            return
        process = self._processes[invocation.number]
        self._idle[invocation.kind].append(process)
        self.ended.update({name: count for name, count in invocation.report.counts().items() if count})
        _check_nobody_is_sent_back_for_nothing(invocation)
        self.note(
            invocation.token, "ends:", {name: count for name, count in invocation.report.counts().items() if count}
        )
        for failure in invocation.report.failures:
            self.note(invocation.token, "failure of", failure.agent, failure.message_id, repr(failure.error))
        if self.course.happens(self.rehearsed_share):
            check_no_leak(invocation, process)

    def expire(self, delivery: Delivery | int) -> None:
        """Let the visibility timeout of a delivery be over, whether or not its invocation still runs."""
        number = delivery if isinstance(delivery, int) else delivery.number
        self.note("delivery", number, "becomes visible again")
        self.queues.expire(number)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.note("time passes")
        self.queues.end_visibility()
        due = [pending for pending in self.outside.wake_ups if pending.at <= self.seconds]
        self.outside.wake_ups = [pending for pending in self.outside.wake_ups if pending.at > self.seconds]
        if due:
            sender = SQSMailboxSender(self, {queue: queue for queue in QUEUES}, AT_ONCE)
            WakeUpRelay(sender).pass_on([pending.wake_up for pending in due])

    def send_message_batch(self, **request: Any) -> Any:
        """Take what the relay of wake-ups sends."""
        for entry in request["Entries"]:
            self.outside.put(
                request["QueueUrl"], entry["MessageGroupId"], entry["MessageBody"], entry["MessageDeduplicationId"]
            )
        return {}

    # Those who tell agents something.

    def post(
        self,
        to: str,
        messages: Sequence[EncodedMessage],
        lane: str = Lane.NORMAL,
        request: ClientRequest | None = None,
    ) -> None:
        """Put a frame of a program into a mailbox."""
        frame = Frame(ActorId.parse(to), tuple(messages), to_lane=lane, request=request)
        self.put(to, encode_frame(frame), lane)

    def put(self, to: str, body: str, lane: str = Lane.NORMAL) -> str:
        """Put a text into a mailbox; answers the id of the mailbox message."""
        self._posted += 1
        queue = mailbox_name(to.partition("/")[0], lane)
        return self.put_into(queue, to, body)

    def put_into(self, queue: str, to: str, body: str) -> str:
        """Put a text into the mailbox of that name."""
        record = self.queues.put(queue, to, body, f"client-{self.started}-{self._posted}")
        assert record is not None
        self.note("put", record.message_id, "into", queue, "for", to, body)
        try:
            self.ledger.enqueued(record)
        except ValueError:
            self.ledger.garbage.append(record.message_id)
        return record.message_id

    def tell(self, to: str, *messages: Do, lane: str = Lane.NORMAL, request: ClientRequest | None = None) -> None:
        """Tell an agent something as a program does."""
        for message in messages:
            self.ledger.accept(message.uid, to, mailbox_name(to.partition("/")[0], lane))
        self.post(to, [encode_message(message) for message in messages], lane, request)

    def tell_again(self, to: str, message: Do, request: ClientRequest) -> None:
        """Repeat a request, as a program does that has no answer."""
        self.post(to, [encode_message(message)], request=request)

    def ask(self, to: str, message: Do, seconds: float, lane: str = Lane.NORMAL) -> None:
        """Ask an agent as a program does: the answer is kept as a promise."""
        deadline = START + timedelta(seconds=self.seconds + seconds)
        self.promises.made[message.uid] = PromiseRecord(message.uid, to, "Do", deadline)
        encoded = encode_message(message)
        self.ledger.accept(message.uid, to, mailbox_name(to.partition("/")[0], lane), deadline)
        self.post(to, [EncodedMessage(encoded.type, encoded.data, f"promise:{message.uid}", deadline)], lane)

    def ask_for_task(self, to: str, message: Do, seconds: float) -> None:
        """Ask an agent as a state machine does: the answer completes its task."""
        deadline = START + timedelta(seconds=self.seconds + seconds)
        encoded = encode_message(message)
        self.ledger.accept(message.uid, to, mailbox_name(to.partition("/")[0], Lane.NORMAL), deadline)
        if not any(step.op is Op.HOLD for step in message.steps):
            self.ledger.tasks.append(message.uid)
        self.post(to, [EncodedMessage(encoded.type, encoded.data, f"task:{message.uid}", deadline)])

    def instruct(self, to: str, message: Any, lane: str = Lane.CONTROL) -> None:
        """Tell the runtime of an agent something, as an operator does."""
        self.post(to, [encode_message(message)], lane)

    def open_letters(self, kind: LetterKind) -> list[DecidedLetter]:
        """List letters on which nothing was decided."""
        kept = self.outside.letters.kept.values()
        return [one for one in kept if one.letter.kind is kind and one.decision is None]

    def drop(self, decided: DecidedLetter) -> None:
        """Drop a letter, as an operator does; of a held message its agent is told, which alone can say."""
        letter = decided.letter
        if letter.kind is LetterKind.HELD:
            self.instruct(letter.agent, DropHeld(held_number(letter.letter_id), "operator", "simulated"))
            return
        self.note("operator drops", letter.agent, letter.letter_id)
        self.outside.letters.decide(letter.agent, letter.letter_id, self._decision(LetterStatus.DROPPED))

    def can_replay(self, decided: DecidedLetter) -> bool:
        """Tell whether a letter holds a message that can be read and was not replayed before."""
        letter = decided.letter
        return letter.message_types[:1] == ("Do",) and not self._replayed.intersection(self._uids_of(letter))

    def _uids_of(self, letter: DeadLetter) -> list[str]:
        return uids_of(letter.body or self.outside.claims.kept[letter.claim].decode())  # type: ignore[index]

    def replay(self, decided: DecidedLetter) -> None:
        """Send the messages of a parked letter again, as an operator does."""
        letter = decided.letter
        self._replayed.update(self._uids_of(letter))
        self.note("operator replays", letter.agent, letter.letter_id)
        self.outside.letters.decide(letter.agent, letter.letter_id, self._decision(LetterStatus.REPLAYED))
        body = letter.body or self.outside.claims.kept[letter.claim].decode()  # type: ignore[index]
        lane = letter.lane if letter.lane in {"control", "normal"} else Lane.NORMAL
        queue = mailbox_name(letter.agent.partition("/")[0], lane)
        for uid in uids_of(body):
            self.ledger.accept_again(uid, letter.agent, queue)
        name = ClientRequest(f"replay {letter.letter_id}", START + timedelta(days=30))
        self.put(letter.agent, _as_frame(letter.agent, body, name), lane)

    def look_at_promises(self) -> None:
        """Look at all promises, as programs do, and check that none changes once it has an outcome."""
        for promise_id in self.promises.made:
            answer = self.promises.get(promise_id, START + timedelta(seconds=self.seconds)).answer
            if answer is not None:
                first = self.outcomes.setdefault(promise_id, answer)
                assert answer == first, f"promise {promise_id} had outcome {first} and now has {answer}"

    def check_promises_done(self) -> None:
        """Check that every promise gets its one outcome, the one that was first offered or that it was too late."""
        self.seconds += 30 * 86_400
        self.look_at_promises()
        assert self.outcomes.keys() == self.promises.made.keys()
        for promise_id, answer in self.outcomes.items():
            offered = self.promises.offered.get(promise_id, [])
            assert answer in offered or answer.outcome is Outcome.TIMED_OUT, (
                f"{promise_id}: {answer} is not of {offered}"
            )

    def _decision(self, status: LetterStatus) -> Decision:
        return Decision(status, "operator", "simulated", START + timedelta(seconds=self.seconds))

    def close(self) -> None:
        """End whatever still runs."""
        for invocation in self.invocations:
            invocation.kill()


def _as_frame(to: str, body: str, request: ClientRequest) -> str:
    """Make a frame of the messages of a letter."""
    return encode_frame(
        Frame(ActorId.parse(to), msgspec.json.decode(body, type=tuple[EncodedMessage, ...]), request=request)
    )


def _check_nobody_is_sent_back_for_nothing(invocation: Invocation) -> None:
    """Check that without a fault only agents that failed, or got on, have messages that come again."""
    if invocation.faults or not invocation.report.unhandled:
        return
    excused = {failure.agent for failure in invocation.report.failures}
    excused |= {item["agent"] for call in invocation.made if call.kind is CallKind.COMMIT for item in call.asked}
    unhandled = set(invocation.report.unhandled)
    for record in invocation.records:
        is_excused = record.message_id not in unhandled or record.agent in excused
        assert is_excused, f"{record.message_id} of {record.agent} comes again though nothing failed"
