"""Which agent of a subscribing kind is told what is announced."""

import re
from dataclasses import dataclass

from lambdas.actors.actor_id import ActorId
from lambdas.actors.coordination.topics import TopicError, level, matches

_LEVEL_OF_TOPIC = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A kind of agent wants what is announced under ``pattern``.

    ``key`` names the agent: a fixed key, or one with levels of the topic in it, ``{2}`` for the second.
    """

    pattern: str
    key: str

    def __post_init__(self) -> None:
        fixed = [part for part in self.pattern.split("/") if part != "**"]
        matches("any", self.pattern)
        for number in _LEVEL_OF_TOPIC.findall(self.key):
            if not 1 <= int(number) <= len(fixed):
                raise TopicError(
                    f"key {self.key!r} wants level {number} of a topic, pattern {self.pattern!r} has {len(fixed)}"
                )

    def covers(self, topic: str) -> bool:
        """Tell whether a topic is one of those that are wanted."""
        return matches(topic, self.pattern)

    def subscriber(self, kind: str, topic: str) -> ActorId:
        """Name the agent that is told of a topic; raises ActorIdError when the topic makes no key."""
        key = _LEVEL_OF_TOPIC.sub(lambda found: level(topic, int(found.group(1))), self.key)
        return ActorId(kind, key)
