"""Lambda function: keeps every committed version of an agent, as the stream of the agents table tells them."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from lambdas.actors.agent_item import ItemFormatError
from lambdas.actors.journal import JournalEntry, entry_of
from lambdas.actors.ports import Journal
from lambdas.aws.dynamodb_stream_event import StreamRecordError, item_written, sequence_number
from lambdas.aws.sqs_event import item_failures
from lambdas.observability import logger
from lambdas.settings.journal_writer import JournalWriterSettings
from lambdas.wiring.journal_writer import journal


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take a batch of the stream; answer which of its records must come again."""
    again = keep(_journal(), event["Records"])
    logger.info("versions kept", extra={"records": len(event["Records"]), "sent_back": len(again)})
    return item_failures(again)


def keep(journal: Journal, records: list[Mapping[str, Any]]) -> list[str]:
    """Keep the versions in the records; answers the sequence numbers of those to be kept again.

    Lambda takes up again from the lowest of them: what is kept twice by that is kept once. One that cannot be read is
    sent back too, so that Lambda cuts it out and names it to the on-failure queue.
    """
    read = {sequence_number(record): _read(record) for record in records if "NewImage" in record["dynamodb"]}
    entries = {number: entry for number, entry in read.items() if entry is not None}
    numbers = list(entries)
    unkept = [numbers[place] for place in journal.append(list(entries.values()))]
    return [*unkept, *(number for number, entry in read.items() if entry is None)]


def _read(record: Mapping[str, Any]) -> JournalEntry | None:
    """Make the entry of a record; what is no agent is left to the on-failure queue."""
    try:
        written = item_written(record)
        return entry_of(written.item, written.written_at) if written else None
    except (ItemFormatError, StreamRecordError):
        logger.exception("not an agent", extra={"sequence_number": sequence_number(record)})
        return None


@cache
def _journal() -> Journal:
    return journal(JournalWriterSettings.from_environment(os.environ))
