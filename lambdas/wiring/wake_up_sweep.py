"""How the function wake_up_sweep is put together."""

from lambdas.actors.wake_up_sweep import WakeUpSweep
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_cursors import DynamoDBCursors
from lambdas.aws.dynamodb_lease_store import DynamoDBLeaseStore
from lambdas.aws.dynamodb_wake_up_calendar import DynamoDBWakeUpCalendar
from lambdas.aws.sqs_wake_up_scheduler import SQSWakeUpScheduler
from lambdas.settings.wake_up_sweep import WakeUpSweepSettings


def wake_up_sweep(settings: WakeUpSweepSettings) -> WakeUpSweep:
    """Put the sweep together with AWS."""
    dynamodb, table = client("dynamodb"), settings.runtime_records_table
    return WakeUpSweep(
        calendar=DynamoDBWakeUpCalendar(dynamodb, table),
        queue=SQSWakeUpScheduler(client("sqs"), settings.wake_up_queue),
        cursors=DynamoDBCursors(dynamodb, table),
        leases=DynamoDBLeaseStore(dynamodb, table),
    )
