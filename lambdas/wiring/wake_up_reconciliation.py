"""How the function wake_up_reconciliation is put together."""

from lambdas.actors.wake_up_reconciliation import WakeUpReconciliation
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_cursors import DynamoDBCursors
from lambdas.aws.dynamodb_lease_store import DynamoDBLeaseStore
from lambdas.aws.dynamodb_waiting_agents import DynamoDBWaitingAgents
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.settings.wake_up_reconciliation import WakeUpReconciliationSettings


def wake_up_reconciliation(settings: WakeUpReconciliationSettings) -> WakeUpReconciliation:
    """Put the reconciliation together with AWS."""
    dynamodb, records = client("dynamodb"), settings.runtime_records_table
    return WakeUpReconciliation(
        agents=DynamoDBWaitingAgents(dynamodb, settings.agents_table),
        mailboxes=SQSMailboxSender(client("sqs"), settings.mailboxes),
        cursors=DynamoDBCursors(dynamodb, records),
        leases=DynamoDBLeaseStore(dynamodb, records),
    )
