"""Passes wake-ups on to the mailboxes of agents when they are due."""

from collections.abc import Sequence
from datetime import datetime

from lambdas.actors.frames import Frame
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import MailboxSender, WakeUpScheduler


class WakeUpRelay:
    """Turns due wake-ups into empty frames and delays the others again."""

    def __init__(self, mailboxes: MailboxSender, wake_ups: WakeUpScheduler) -> None:
        self._mailboxes = mailboxes
        self._wake_ups = wake_ups

    def pass_on(self, wake_ups: Sequence[WakeUp], now: datetime) -> frozenset[int]:
        """Pass wake-ups on; answer the places of those that must come again."""
        due = [place for place, wake_up in enumerate(wake_ups) if wake_up.due <= now]
        early = [place for place, wake_up in enumerate(wake_ups) if wake_up.due > now]
        frames = [Frame(wake_ups[place].to, (), due=wake_ups[place].due) for place in due]
        unsent = self._mailboxes.send(frames) if frames else ()
        unscheduled = self._wake_ups.schedule([wake_ups[place] for place in early], now) if early else ()
        return frozenset([*(due[place] for place in unsent), *(early[place] for place in unscheduled)])
