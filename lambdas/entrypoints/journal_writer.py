"""Lambda function: keeps every committed version of an agent, as the stream of the agents table tells them."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any

from lambdas.actors.agent_item import ItemFormatError
from lambdas.actors.journal import JournalEntry, entry_of
from lambdas.actors.ports import Journal
from lambdas.aws.dynamodb_stream_event import StreamRecordError, item_written, sequence_number
from lambdas.aws.sqs_event import item_failures
from lambdas.aws.sqs_unkept_versions import SQSUnkeptVersions
from lambdas.observability import logger
from lambdas.settings.journal_writer import JournalWriterSettings
from lambdas.wiring.journal_writer import journal, unkept_versions

SetAside = Callable[[Sequence[Mapping[str, Any]]], Collection[int]]
"""Takes records that nothing can read; answers the places of those that it could not take."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take a batch of the stream; answer which of its records must come again."""
    again = keep(_journal(), _unkept().set_aside, event["Records"])
    logger.info("versions kept", extra={"records": len(event["Records"]), "sent_back": len(again)})
    return item_failures(again)


def keep(journal: Journal, set_aside: SetAside, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keep the versions in the records; answers the sequence numbers of those to be kept again.

    Lambda takes up again from the lowest of them: what is kept twice by that is kept once. One that cannot be read
    is set aside, since no further try would read it.
    """
    written = [record for record in records if "NewImage" in record["dynamodb"]]
    read = [(record, _read(record)) for record in written]
    entries = {sequence_number(record): entry for record, entry in read if entry is not None}
    numbers = list(entries)
    unkept = [numbers[place] for place in journal.append(list(entries.values()))]
    unreadable = [record for record, entry in read if entry is None]
    left = set_aside(unreadable) if unreadable else ()
    return [*unkept, *(sequence_number(unreadable[place]) for place in left)]


def _read(record: Mapping[str, Any]) -> JournalEntry | None:
    """Make the entry of a record; None when it is no agent's."""
    try:
        written = item_written(record)
        return entry_of(written.item, written.written_at) if written else None
    except (ItemFormatError, StreamRecordError):
        logger.exception("not an agent", extra={"sequence_number": sequence_number(record)})
        return None


@cache
def _settings() -> JournalWriterSettings:
    return JournalWriterSettings.from_environment(os.environ)


@cache
def _journal() -> Journal:
    return journal(_settings())


@cache
def _unkept() -> SQSUnkeptVersions:
    return unkept_versions(_settings())
