"""How often SQS is asked how much waits, and what is counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.sqs_mailbox_depths import REMEMBERED_FOR, SQSMailboxDepths

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Queues:
    """An SQS whose queues are as deep as the test says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.waiting = 3
        self.is_down = False

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        self.asked.append(QueueUrl)
        if self.is_down:
            raise ConnectTimeoutError(endpoint_url=QueueUrl)
        known = {"ApproximateNumberOfMessages": self.waiting, "ApproximateNumberOfMessagesNotVisible": 4, "Other": 9}
        return {"Attributes": {name: str(known[name]) for name in AttributeNames}}


def test_depth_counts_what_waits_and_what_is_in_hand() -> None:
    depths = SQSMailboxDepths(Queues(), {"device": "https://queue/device"}, lambda: NOON)

    assert depths.depth("device", "normal") == 7


def test_lanes_are_queues_of_their_own_and_one_that_is_not_known_is_empty() -> None:
    queues = Queues()
    mailboxes = {"device": "https://queue/device", "device.bulk": "https://queue/bulk"}
    depths = SQSMailboxDepths(queues, mailboxes, lambda: NOON)

    assert depths.depth("device", "bulk") == 7
    assert depths.depth("device", "control") == 0
    assert queues.asked == ["https://queue/bulk"]


def test_depth_counts_for_five_seconds() -> None:
    queues, now = Queues(), [NOON]
    depths = SQSMailboxDepths(queues, {"device": "https://queue/device"}, lambda: now[0])
    depths.depth("device", "normal")
    queues.waiting = 100

    now[0] = NOON + REMEMBERED_FOR - timedelta(microseconds=1)
    assert depths.depth("device", "normal") == 7
    now[0] = NOON + REMEMBERED_FOR
    assert depths.depth("device", "normal") == 104
    assert len(queues.asked) == 2


def test_queue_that_does_not_answer_is_an_unavailable_port() -> None:
    queues = Queues()
    queues.is_down = True

    with pytest.raises(PortUnavailableError, match="SQS did not answer"):
        SQSMailboxDepths(queues, {"device": "https://queue/device"}, lambda: NOON).depth("device", "normal")
