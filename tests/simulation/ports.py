"""The ports of the runtime as an invocation calls them: each call goes through the invocation, which may fail it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.claims import Claim
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, SettledLetter
from lambdas.actors.failures import LONGEST_DELAY
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import EvictedMark, ExternalCall, FleetEventRecord, PromiseOutcome, TaskAnswer, WakeUp
from lambdas.actors.ports import CommitOutcome, CommitStatus, PortUnavailableError
from tests.simulation.faults import CallKind
from tests.simulation.invocations import Invocation
from tests.simulation.outside import Outside

T = TypeVar("T")

DONE_THOUGH_FAILED_SHARE = 0.3
"""Of the entries that a partial failure reports as failed, so many were done all the same."""


class InvocationPorts:
    """All ports of one function process, in the names of the protocols of ``lambdas.actors.ports``.

    ``invocation`` is the one the process runs now: a process runs one at a time and outlives it.
    """

    def __init__(self, outside: Outside) -> None:
        self._world = outside
        self.invocation: Invocation

    def load(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentItem]:
        """StateStore"""
        return self.invocation.outside(CallKind.LOAD, tuple(agents), lambda: self._world.items.load(agents))

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        """StateStore"""

        def do() -> dict[ActorId, CommitOutcome]:
            return {ActorId.parse(item["agent"]): self._world.commit(self.invocation, item) for item in items}

        def partly() -> dict[ActorId, CommitOutcome]:
            failed = self._failing(len(items), lambda place: self._world.commit(self.invocation, items[place]))
            return {
                ActorId.parse(item["agent"]): CommitOutcome(CommitStatus.FAILED, "throttled")
                if place in failed
                else self._world.commit(self.invocation, item)
                for place, item in enumerate(items)
            }

        return self.invocation.outside(CallKind.COMMIT, items, do, partly)

    def put(self, contents: Mapping[Claim, bytes]) -> None:
        """ClaimStore"""
        claims = self._world.claims

        def partly() -> None:
            claims.put(dict([*contents.items()][:1]))
            raise PortUnavailableError("some claims were not kept")

        self.invocation.outside(CallKind.CLAIMS_PUT, contents, lambda: claims.put(contents), partly)

    def get(self, claims: Collection[Claim]) -> Mapping[Claim, bytes]:
        """ClaimStore"""
        return self.invocation.outside(
            CallKind.CLAIMS_GET, sorted(claims, key=str), lambda: self._world.claims.get(claims)
        )

    def read(self, names: Collection[tuple[ActorId, str]]) -> Mapping[tuple[ActorId, str], int]:
        """MarkStore"""
        return self.invocation.outside(
            CallKind.MARKS_READ, sorted(names, key=str), lambda: self._world.marks.read(names)
        )

    def remember(self, marks: Sequence[EvictedMark]) -> Collection[int]:
        """MarkStore"""
        return self._each(CallKind.MARKS_REMEMBER, marks, self._world.remember)

    def park(self, letters: Sequence[DeadLetter]) -> Collection[int]:
        """DeadLetterStore"""
        return self._each(CallKind.LETTERS_PARK, letters, self._world.park)

    def held(self, agent: str, first: int, last: int) -> Sequence[DecidedLetter]:
        """DeadLetterStore"""
        window = (agent, first, last)
        return self.invocation.outside(
            CallKind.LETTERS_HELD, window, lambda: self._world.letters.held(agent, first, last)
        )

    def settle(self, settled: Sequence[SettledLetter]) -> Collection[int]:
        """DeadLetterStore"""
        return self._each(CallKind.LETTERS_SETTLE, settled, self._world.settle)

    def schedule(self, wake_ups: Sequence[WakeUp], now: datetime) -> Collection[int]:
        """WakeUpScheduler"""
        return self._each(CallKind.SCHEDULE, wake_ups, lambda wake_up: self._world.schedule(wake_up, now))

    def publish(self, events: Sequence[FleetEventRecord]) -> Collection[int]:
        """EventPublisher"""
        return self._each(CallKind.PUBLISH, events, self._world.publish)

    def hand_over(self, calls: Sequence[ExternalCall]) -> Collection[int]:
        """ExternalCaller"""
        return self._each(CallKind.HAND_OVER, calls, self._world.hand_over)

    def keep(self, outcomes: Sequence[PromiseOutcome]) -> Collection[int]:
        """PromiseStore"""
        return self._each(CallKind.KEEP, outcomes, self._world.keep)

    def complete(self, answers: Sequence[TaskAnswer]) -> Collection[int]:
        """TaskCompleter"""
        return self._each(CallKind.COMPLETE, answers, self._world.complete)

    def postpone(self, delays: Sequence[tuple[MailboxRecord, timedelta]]) -> None:
        """RetryDelays"""

        def do(places: Collection[int]) -> None:
            for place in places:
                record, delay = delays[place]
                self._world.queues.postpone(record, delay.total_seconds())

        asked = [(record.message_id, delay) for record, delay in delays]
        of_agents = {(record.agent, delay) for record, delay in delays}
        assert len(of_agents) == len({agent for agent, _ in of_agents}), f"one agent, several delays: {asked}"
        assert all(timedelta(0) <= delay <= LONGEST_DELAY for _, delay in delays), f"no such delays: {asked}"
        count = len(delays)
        partly = self.invocation.host.course.some_of
        self.invocation.outside(
            CallKind.POSTPONE, asked, lambda: do(range(count)), lambda: do(partly(count)), lambda: None
        )

    def send_message_batch(self, **request: Any) -> Any:
        """The call of boto3's SQS client by which frames leave"""
        entries = request["Entries"]

        def put(entry: Mapping[str, Any]) -> None:
            self._world.put(
                request["QueueUrl"], entry["MessageGroupId"], entry["MessageBody"], entry["MessageDeduplicationId"]
            )

        failed = self._each(CallKind.SEND, entries, put, (request["QueueUrl"], _without_ids(entries)), raises=False)
        return {"Failed": [{"Id": entries[place]["Id"], "Code": "InternalError"} for place in failed]}

    def _each(
        self,
        kind: CallKind,
        entries: Sequence[T],
        do_one: Callable[[T], object],
        asked: Any = None,
        *,
        raises: bool = True,
    ) -> Collection[int]:
        """Make a call of which every entry can fail alone; answer the places of those that did."""

        def do() -> Collection[int]:
            for entry in entries:
                do_one(entry)
            return ()

        def partly() -> Collection[int]:
            failed = self._failing(len(entries), lambda place: do_one(entries[place]))
            for place, entry in enumerate(entries):
                if place not in failed:
                    do_one(entry)
            return failed

        def refused() -> Collection[int]:
            return range(len(entries))

        raising = raises and len(self.invocation.made) % 2 == 0
        return self.invocation.outside(
            kind, entries if asked is None else asked, do, partly, None if raising else refused
        )

    def _failing(self, count: int, do: Callable[[int], object]) -> frozenset[int]:
        """Choose entries that are reported as failed, and do some of them."""
        course = self.invocation.host.course
        failed = frozenset(course.some_of(count))
        for place in sorted(failed):
            if course.happens(DONE_THOUGH_FAILED_SHARE):
                do(place)
        return failed


def _without_ids(entries: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Show entries without their deduplication ids, of which those of wake-ups are drawn at random."""
    return [(entry["MessageGroupId"], entry["MessageBody"]) for entry in entries]
