"""Whether a mailbox takes one more message."""

import pytest

from lambdas.actors.admission import (
    LONGEST_RETRY_SECONDS,
    ORDINARY_LIMIT,
    Admission,
    Admitted,
    BacklogLimit,
    Overloaded,
)
from lambdas.actors.lanes import Lane

SCANNED_BY_SQS = 120_000
"""Messages of a FIFO queue among which SQS looks for groups to give out."""
ADMISSION = Admission({"scheduler": BacklogLimit(messages=100, drained_per_second=10)})


def test_message_is_admitted_up_to_the_limit_of_its_kind() -> None:
    assert ADMISSION.decide("scheduler", Lane.NORMAL, 99) == Admitted()
    assert ADMISSION.decide("scheduler", Lane.NORMAL, 100) == Overloaded(100, 100, 1)
    assert ADMISSION.decide("device", Lane.NORMAL, ORDINARY_LIMIT.messages - 1) == Admitted()
    assert isinstance(ADMISSION.decide("device", Lane.BULK, ORDINARY_LIMIT.messages), Overloaded)


@pytest.mark.parametrize(("backlog", "wait"), [(109, 1), (110, 2), (199, 10), (3_099, 300), (10**9, 300)])
def test_wait_grows_with_the_backlog_to_a_bound(backlog: int, wait: int) -> None:
    assert ADMISSION.decide("scheduler", Lane.NORMAL, backlog) == Overloaded(backlog, 100, wait)
    assert wait <= LONGEST_RETRY_SECONDS


def test_command_is_always_admitted() -> None:
    assert ADMISSION.decide("scheduler", Lane.CONTROL, 10**9) == Admitted()


def test_programs_are_held_back_long_before_a_backlog_hides_other_agents() -> None:
    assert ORDINARY_LIMIT.messages * 6 <= SCANNED_BY_SQS
