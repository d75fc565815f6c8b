"""Depths of mailboxes in memory."""

from lambdas.actors.lanes import mailbox_name


class InMemoryMailboxDepths:
    """A MailboxDepths that says what it was told; mailboxes of which it was told nothing are empty."""

    def __init__(self) -> None:
        self.depths: dict[str, int] = {}
        """By the name of the mailbox."""

    def depth(self, kind: str, lane: str) -> int:
        """Say the depth of a mailbox."""
        return self.depths.get(mailbox_name(kind, lane), 0)
