"""Passes wake-ups on to the mailboxes of agents when their delay is over."""

from collections.abc import Collection, Sequence

from lambdas.actors.frames import Frame
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import MailboxSender


class WakeUpRelay:
    """Turns wake-ups into empty frames. One that comes early makes its agent ask for another, so all are passed on."""

    def __init__(self, mailboxes: MailboxSender) -> None:
        self._mailboxes = mailboxes

    def pass_on(self, wake_ups: Sequence[WakeUp]) -> Collection[int]:
        """Pass wake-ups on; answer the places of those that must come again."""
        return self._mailboxes.send([Frame(wake_up.to, (), due=wake_up.due) for wake_up in wake_ups])
