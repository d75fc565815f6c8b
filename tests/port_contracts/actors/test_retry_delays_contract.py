"""What every RetryDelays does."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.retry_delays import InMemoryRetryDelays
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import Mailbox, RetryDelays
from lambdas.aws.sqs_mailbox import SQSMailbox
from lambdas.aws.sqs_retry_delays import SQSRetryDelays
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import Aws, as_record
from tests.unit.actors.relay_race import Carry

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
MOTO_KEEPS_RECEIPTS = pytest.param(
    "moto",
    marks=pytest.mark.xfail(
        strict=True, reason="moto 5.2 takes the receipt of a delivery that is over for a valid one"
    ),
)
everywhere = pytest.mark.parametrize("queue", ["memory", "moto", EMBEDDED], indirect=True)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
A, B = ActorId("runner", "a"), ActorId("runner", "b")


@dataclass(frozen=True)
class Queue:
    """A mailbox, the delays of its messages, and a way to let time pass."""

    delays: RetryDelays
    mailbox: Mailbox
    receive: Callable[[], list[MailboxRecord]]
    wait: Callable[[timedelta], object]

    def told(self, *agents: ActorId) -> list[MailboxRecord]:
        """Tell agents something, and receive it."""
        self.mailbox.tell_all([(agent, Carry("a")) for agent in agents], "request-1")
        return self.receive()


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    if request.param == "memory":
        yield in_memory()
        return
    for aws in technology(request, request.param):
        client, mailboxes = aws.client("sqs"), aws.mailboxes()
        name = mailboxes["runner"].rsplit("/", 1)[-1]

        def receive(aws: Aws = aws, url: str = mailboxes["runner"], name: str = name) -> list[MailboxRecord]:
            return [replace(as_record(message), queue=name) for message in aws.received(url)]

        yield Queue(
            SQSRetryDelays(client, mailboxes.values()),
            SQSMailbox(client, mailboxes, AT_ONCE),
            receive,
            lambda delay: time.sleep(delay.total_seconds()),
        )


def in_memory() -> Queue:
    clock = [NOON]
    mailboxes = InMemoryMailboxes(clock=lambda: clock[0])

    def receive() -> list[MailboxRecord]:
        delivery = mailboxes.receive("runner")
        return list(delivery.records) if delivery else []

    def wait(delay: timedelta) -> None:
        clock[0] += delay

    return Queue(InMemoryRetryDelays(mailboxes), mailboxes, receive, wait)


@everywhere
def test_a_postponed_message_comes_again_after_its_delay_and_not_before(queue: Queue):
    (record,) = queue.told(A)

    queue.delays.postpone([(record, 3 * SECOND)])

    assert not queue.receive()
    queue.wait(3.2 * SECOND)
    (again,) = queue.receive()
    assert (again.message_id, again.sequence_number, again.receives) == (record.message_id, record.sequence_number, 2)


@everywhere
def test_a_message_that_is_not_delayed_comes_at_once(queue: Queue):
    (record,) = queue.told(A)

    queue.delays.postpone([(record, timedelta(0))])

    assert [again.message_id for again in queue.receive()] == [record.message_id]


@everywhere
def test_each_message_has_its_own_delay(queue: Queue):
    first, second = sorted(queue.told(A, B), key=lambda record: record.agent)

    queue.delays.postpone([(first, timedelta(minutes=5)), (second, timedelta(0))])

    assert [again.agent for again in queue.receive()] == ["runner/b"]


@everywhere
def test_later_messages_of_an_agent_wait_for_the_postponed_one(queue: Queue):
    (record,) = queue.told(A)
    queue.delays.postpone([(record, 3 * SECOND)])

    queue.mailbox.tell(A, Carry("b"), "request-2")

    assert not queue.receive()
    queue.wait(3.2 * SECOND)
    assert [again.receives for again in queue.receive()] == [2, 1]


@pytest.mark.parametrize("queue", ["memory", MOTO_KEEPS_RECEIPTS, EMBEDDED], indirect=True)
def test_a_delay_of_a_delivery_that_is_over_changes_nothing_and_is_no_error(queue: Queue):
    (record,) = queue.told(A)
    queue.delays.postpone([(record, timedelta(0))])
    (again,) = queue.receive()

    queue.delays.postpone([(record, timedelta(0))])

    assert not queue.receive()
    queue.delays.postpone([(again, timedelta(0))])
    assert len(queue.receive()) == 1


@everywhere
def test_nothing_to_postpone_is_no_error(queue: Queue):
    queue.delays.postpone([])
