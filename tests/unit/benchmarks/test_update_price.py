from collections import Counter

import pytest

from lab.benchmarks.agent_items import TurnsOfAKind
from lab.benchmarks.attribution import AttributedCalls
from lab.benchmarks.rollout import Rollout
from lab.benchmarks.update_price import bill_of_update

CALLS = Counter(
    {
        ("execute-api", "Invoke"): 20,
        ("lambda", "Invoke"): 50,
        ("sqs", "SendMessageBatch"): 30,
        ("sqs", "ReceiveMessage"): 10,
        ("dynamodb", "BatchGetItem"): 46,
        ("states", "StateTransition"): 4,
    }
)
TURNS = (TurnsOfAKind("device", agents=4, commits=30, write_units=60, read_units=30, largest_item_bytes=1500),)
ROLLOUT = Rollout(
    devices=4,
    seconds=10.0,
    calls=AttributedCalls(Counter(), Counter(), CALLS, number_of_heartbeats=0),
    turns=TURNS,
    journal_write_units=28,
)
LINES = {line.what: line for line in bill_of_update(ROLLOUT).lines}


def test_the_bill_is_that_of_one_device():
    assert LINES["HTTP API requests"].units == 5
    assert LINES["SQS requests"].units == 10
    assert LINES["Step Functions transitions"].usd == pytest.approx(25e-6)


def test_writes_are_those_of_the_items_and_not_of_the_calls():
    assert LINES["DynamoDB writes of turns"].units == 15
    assert LINES["DynamoDB writes of the journal"].units == 7
    assert LINES["DynamoDB writes of the index"].units == 1


def test_reads_beside_those_of_turns_count_once():
    reads_of_turns, other_calls = 30, 46 - (50 - 20)

    assert LINES["DynamoDB reads"].units == (reads_of_turns + other_calls) / 4


def test_durations_logs_and_traces_are_marked_as_assumed():
    assumed = {what for what, line in LINES.items() if line.is_assumed}

    assert assumed == {"Lambda duration", "logs of functions", "traces"}


def test_calls_per_device_are_those_of_the_control_plane():
    assert ROLLOUT.calls_per_device == 40
