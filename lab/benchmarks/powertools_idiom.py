"""What a user of Powertools for AWS Lambda would write for meters: the function that the runtime is compared with.

Order by SqsFifoPartialProcessor, repeats by the idempotency utility, state by a conditional put per message, what is
told by a send per message: https://docs.aws.amazon.com/powertools/python/latest/utilities/batch/ and .../idempotency/.
It promises a little less than the runtime: a run that dies between put and send is refused as a repeat or done twice.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import msgspec
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from lab.benchmarks.meter import Meter, Reading, on_reading
from lambdas.actors.effects import Send
from lambdas.aws.clients import CONFIG
from lambdas.observability import logger

_processor = SqsFifoPartialProcessor(skip_group_on_error=True)
_config = IdempotencyConfig(event_key_jmespath="messageId")


@cache
def _dynamodb() -> Any:
    return boto3.client("dynamodb", config=CONFIG)


@cache
def _sqs() -> Any:
    return boto3.client("sqs", config=CONFIG)


_once = DynamoDBPersistenceLayer(
    table_name=os.environ["IDEMPOTENCY_TABLE"], boto3_client=boto3.client("dynamodb", config=CONFIG)
)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Take an SQS batch; answer which of its messages must come again."""
    _config.register_lambda_context(context)
    answer = process_partial_response(
        event=event,
        record_handler=lambda record: take(record=record.raw_event),
        processor=_processor,
        context=context,
    )
    logger.info("readings", extra={"messages": len(event["Records"])})
    return answer


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="record", config=_config, persistence_store=_once
)
def take(record: dict[str, Any]) -> dict[str, Any]:
    """Load the meter, add the reading, store the meter, tell its site."""
    table, address = os.environ["AGENTS_TABLE"], record["attributes"]["MessageGroupId"]
    found = _dynamodb().get_item(TableName=table, Key={"agent": {"S": address}}, ConsistentRead=True).get("Item")
    meter = msgspec.json.decode(found["state"]["S"], type=Meter) if found else Meter(address.partition("/")[2])
    version = int(found["version"]["N"]) if found else 0

    turn = on_reading(meter, msgspec.json.decode(record["body"], type=Reading), datetime.now(UTC))

    _dynamodb().put_item(
        TableName=table,
        Item={
            "agent": {"S": address},
            "version": {"N": str(version + 1)},
            "state": {"S": msgspec.json.encode(turn.state).decode()},
        },
        ConditionExpression="attribute_not_exists(agent) OR version = :before",
        ExpressionAttributeValues={":before": {"N": str(version)}},
    )
    for send in (effect for effect in turn.effects if isinstance(effect, Send)):
        told = {"type": type(send.message).__name__, "data": send.message}
        _sqs().send_message(
            QueueUrl=os.environ["SITE_QUEUE"],
            MessageBody=msgspec.json.encode(told).decode(),
            MessageGroupId=str(send.to),
            MessageDeduplicationId=f"{record['messageId']}-{version + 1}",
        )
    return {"version": version + 1}
