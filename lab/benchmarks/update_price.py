"""What a deployment costs on AWS, from what was counted."""

from lab.benchmarks.attribution import Calls
from lab.benchmarks.rollout import Rollout
from lab.cost_model import prices
from lab.cost_model.bill import Bill, BillLine, bill_of

TURN_SECONDS, REQUEST_SECONDS = 0.06, 0.04
"""Assumed duration of a turn (three calls within AWS) and of a request (two)."""
TURN_GIGABYTES, REQUEST_GIGABYTES = 0.5, 1.0
"""Memory of the functions, as the stacks set it."""
LOG_KILOBYTES_OF_A_RUN = 1.0
"""Assumed: start, report and one line of our own, as JSON."""
TRACED_SHARE = 0.05
"""X-Ray's default sampling at load."""
KILOBYTES_OF_A_GIGABYTE = 1024 * 1024

REQUEST = ("execute-api", "Invoke")
RUN = ("lambda", "Invoke")
QUEUE_OPERATIONS = ("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessageBatch")


def bill_of_update(rollout: Rollout) -> Bill:
    """The control plane of one device update: counted units, then assumed ones."""
    calls = rollout.calls.control_plane
    return bill_of([*_counted(rollout, calls), *_assumed(calls)]).times(1 / rollout.devices)


def _counted(rollout: Rollout, calls: Calls) -> list[BillLine]:
    turns = rollout.turns
    new_agents = sum(of_kind.agents for of_kind in turns if of_kind.kind != "device")
    return [
        BillLine("HTTP API requests", calls[REQUEST], prices.HTTP_REQUEST),
        BillLine("Lambda requests", calls[RUN], prices.INVOCATION),
        BillLine("SQS requests", sum(calls["sqs", operation] for operation in QUEUE_OPERATIONS), prices.FIFO_REQUEST),
        BillLine("DynamoDB writes of turns", sum(of_kind.write_units for of_kind in turns), prices.WRITE_UNIT),
        BillLine("DynamoDB writes of the journal", rollout.journal_write_units, prices.WRITE_UNIT),
        BillLine("DynamoDB writes of the index", rollout.devices + new_agents, prices.WRITE_UNIT),
        BillLine("DynamoDB writes of metrics", calls["dynamodb", "UpdateItem"], prices.WRITE_UNIT),
        BillLine("DynamoDB reads", _read_units(rollout, calls), prices.READ_UNIT),
        BillLine("Step Functions transitions", calls["states", "StateTransition"], prices.TRANSITION),
        BillLine("EventBridge events", calls["events", "PutEvents"], prices.EVENT),
        BillLine("S3 reads", calls["s3", "GetObject"], prices.OBJECT_READ),
        BillLine("S3 writes", calls["s3", "PutObject"], prices.OBJECT_WRITE),
    ]


def _read_units(rollout: Rollout, calls: Calls) -> int:
    """Every turn loads what it commits; every other read of an agent or of the catalog is of one small item."""
    loads = sum(of_kind.read_units for of_kind in rollout.turns)
    runs_of_turns = calls[RUN] - calls[REQUEST]
    others = max(0, calls["dynamodb", "BatchGetItem"] - runs_of_turns)
    return loads + others + calls["dynamodb", "GetItem"] + calls["dynamodb", "Query"]


def _assumed(calls: Calls) -> list[BillLine]:
    requests = calls[REQUEST]
    turns = calls[RUN] - requests
    gigabyte_seconds = turns * TURN_SECONDS * TURN_GIGABYTES + requests * REQUEST_SECONDS * REQUEST_GIGABYTES
    log_gigabytes = calls[RUN] * LOG_KILOBYTES_OF_A_RUN / KILOBYTES_OF_A_GIGABYTE
    return [
        BillLine("Lambda duration", gigabyte_seconds, prices.GIGABYTE_SECOND, is_assumed=True),
        BillLine("logs of functions", log_gigabytes, prices.LOG_GIGABYTE, is_assumed=True),
        BillLine("traces", calls[RUN] * TRACED_SHARE, prices.TRACE, is_assumed=True),
    ]
