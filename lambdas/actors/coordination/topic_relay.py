"""Carries what is announced from the bus into the mailboxes of the agents that have subscribed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.actors.codec import EncodedMessage
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topics import TopicMessage
from lambdas.actors.frames import ClientRequest, Frame
from lambdas.actors.ports import MailboxSender

REPEATS_END_AFTER = timedelta(days=14)
"""How long a subscriber knows an event that comes again, and takes one that comes late: as long as it can wait in the
relay's queue or in the subscriber's mailbox."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A message under a topic, for the one of a kind's subscriptions that let it through."""

    kind: str
    subscription: Subscription
    event_id: str
    """Names the event; its repeats have the same."""
    message: TopicMessage


class TopicRelay:
    """Puts a frame into the mailbox of each subscriber.

    The event's id is the frame's idempotency key: a subscriber takes it once, also when two of its patterns meet it.
    """

    def __init__(self, mailboxes: MailboxSender) -> None:
        self._mailboxes = mailboxes

    def pass_on(self, announced: Sequence[Announced], now: datetime) -> Collection[int]:
        """Pass messages on; answer the places of those that must come again."""
        return self._mailboxes.send([_frame(one, now) for one in announced])


def subscriptions_to(topic: str, subscribed: Mapping[str, Sequence[Subscription]]) -> list[tuple[str, Subscription]]:
    """Find the subscriptions, by kind of agent, that a topic meets: what the rules of the bus do."""
    return [(kind, one) for kind, subscriptions in subscribed.items() for one in subscriptions if one.covers(topic)]


def _frame(one: Announced, now: datetime) -> Frame:
    to = one.subscription.subscriber(one.kind, one.message.topic)
    request = ClientRequest(f"announced {one.event_id}", now + REPEATS_END_AFTER)
    return Frame(to, (EncodedMessage(one.message.type, one.message.data),), request=request)
