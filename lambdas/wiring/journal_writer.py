"""What the function journal_writer works with, and how it is put together with AWS."""

from lambdas.actors.ports import Journal
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_journal import DynamoDBJournal
from lambdas.aws.s3_claim_store import S3ClaimStore
from lambdas.aws.s3_client import s3_client
from lambdas.aws.sqs_unkept_versions import SQSUnkeptVersions
from lambdas.settings.journal_writer import JournalWriterSettings


def unkept_versions(settings: JournalWriterSettings) -> SQSUnkeptVersions:
    """Put together where versions go that nothing can read."""
    return SQSUnkeptVersions(client("sqs"), settings.unkept_queue)


def journal(settings: JournalWriterSettings) -> Journal:
    """Put the journal together with AWS."""
    return DynamoDBJournal(
        client("dynamodb"),
        settings.journal_table,
        S3ClaimStore(s3_client(), settings.claims_bucket),
        retention=settings.journal_retention,
    )
