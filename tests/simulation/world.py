"""The simulated world: a clock, the outside, and invocations on their way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.wake_up_relay import WakeUpRelay
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from tests.simulation.cast import KINDS, NEXT_KINDS
from tests.simulation.clock import START
from tests.simulation.course import Course
from tests.simulation.faults import CallKind, Fault
from tests.simulation.invocations import Invocation
from tests.simulation.outside import QUEUES, Outside
from tests.simulation.people import People
from tests.simulation.queues import Delivery
from tests.simulation.runtime import AT_ONCE, Process, check_no_leak
from tests.simulation.stores import Items, Promises
from tests.simulation.trace import line

LONGEST_SKEW_SECONDS = 300
SKEWS = (0, 0, 5, LONGEST_SKEW_SECONDS)
REHEARSED_SHARE = 0.05
DEPLOYING_SHARE = 0.15


@dataclass
class World(People):
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
        super().__init__(self.outside, lambda: self.seconds)
        self.queues = self.outside.queues
        self.skew = self.course.one_of(SKEWS)
        self.outside.may_lose_wake_ups = self.course.happens(0.2)
        self.invocations: list[Invocation] = []
        self.started = 0
        self.ended = Counter[str]()
        self.deleted: list[MailboxRecord] = []
        self.seen_to: set[tuple[str, str]] = set()
        """Held messages after which an operator has resumed an agent that stood still at them."""
        self.deploys = self.course.happens(DEPLOYING_SHARE)
        """Whether some processes run newer code than others, until faults end."""
        self._processes: dict[int, Process] = {}
        self._idle: dict[str, list[Process]] = {}

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

    def close(self) -> None:
        """End whatever still runs."""
        for invocation in self.invocations:
            invocation.kill()


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
