"""What the rules of topic subscriptions put into the relay's queue: the detail of an event, and what let it through."""

import msgspec

from lambdas.actors.actor_id import ActorIdError
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topic_relay import Announced
from lambdas.actors.coordination.topics import TopicError, TopicMessage


class TopicEventError(ValueError):
    """A message of the relay's queue is no announcement for a subscription; a retry cannot help."""


class _Detail(msgspec.Struct, frozen=True):
    topic: str
    depth: int
    levels: dict[str, str]
    type: str
    data: msgspec.Raw
    event_id: str


class _TopicEvent(msgspec.Struct, frozen=True):
    kind: str
    pattern: str
    key: str
    detail: _Detail


def read_announced(body: str) -> Announced:
    """Read one message of the relay's queue; raises TopicEventError.

    Spaces in the data are taken out: a repeat that is only laid out differently is still the same message.
    """
    try:
        event = msgspec.json.decode(body, type=_TopicEvent)
        subscription, detail = Subscription(event.pattern, event.key), event.detail
        data = msgspec.Raw(msgspec.json.format(bytes(detail.data), indent=-1))
        message = TopicMessage(detail.topic, detail.levels, detail.depth, detail.type, data)
        subscription.subscriber(event.kind, message.topic)
    except (msgspec.MsgspecError, TopicError, ActorIdError) as error:
        raise TopicEventError(f"message {body[:200]!r} is no announcement: {error}") from error
    return Announced(event.kind, subscription, detail.event_id, message)
