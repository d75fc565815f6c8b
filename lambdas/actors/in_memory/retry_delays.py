"""Delays of retries in memory."""

from collections.abc import Sequence
from datetime import timedelta

from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.mailbox_record import MailboxRecord


class InMemoryRetryDelays:
    """A RetryDelays that remembers what was postponed and hides it in mailboxes, when they are given."""

    def __init__(self, mailboxes: InMemoryMailboxes | None = None) -> None:
        self.postponed: list[tuple[MailboxRecord, timedelta]] = []
        self._mailboxes = mailboxes

    def postpone(self, delays: Sequence[tuple[MailboxRecord, timedelta]]) -> None:
        """Let messages come again after their delays."""
        self.postponed.extend(delays)
        if self._mailboxes is not None:
            for record, delay in delays:
                self._mailboxes.hide(record, delay)
