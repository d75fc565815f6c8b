"""Publish and subscribe: agents announce under a topic, kinds of agents subscribe with a pattern.

A topic is made of levels, ``plant/p-7/overflow``. In a pattern ``*`` stands for one whole level, ``pump-*`` for a
level that begins so, and ``**`` at the end for one level or more.

On the bus a message carries its levels one by one, so that a rule says exactly what a pattern says. EventBridge's own
``wildcard`` cannot: its ``*`` crosses ``/``, and a bus takes no more than 30 rules that have one (Amazon EventBridge
User Guide, "Event bus quotas"; not adjustable).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from lambdas.actors.codec import encode_message
from lambdas.actors.effects import Publish

LEVELS_LIMIT = 16
LEVEL_LIMIT = 64
"""Levels of a topic, and characters of one level."""

_LEVEL = rf"[A-Za-z0-9._:-]{{1,{LEVEL_LIMIT}}}"
_IS_LEVEL = re.compile(_LEVEL)
_IS_PATTERN_LEVEL = re.compile(rf"\*|{_LEVEL}|[A-Za-z0-9._:-]{{1,{LEVEL_LIMIT - 1}}}\*")


class TopicError(ValueError):
    """A topic or a pattern is not made of levels; publishing or subscribing again cannot help."""


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message under a topic, as the bus carries it; the detail type is this class's name."""

    topic: str
    levels: Mapping[str, str]
    """The topic's levels by their number, which begins at ``"1"``."""
    depth: int
    type: str
    """Name of the message, which subscribers have a reaction for."""
    data: msgspec.Raw


def announce(topic: str, message: Any) -> Publish:
    """Tell all agents that have subscribed to the topic; the publishing kind need not know them.

    Raises TopicError. The effect is at least once on the bus and exactly once in each subscriber's mailbox, as long as
    repeats come within the hour (``topic_relay``).
    """
    encoded = encode_message(message)
    return Publish(topic_message(topic, encoded.type, encoded.data))


def topic_message(topic: str, message_type: str, data: msgspec.Raw) -> TopicMessage:
    """Lay a message out for the bus; raises TopicError."""
    levels = _levels(topic)
    numbered = {str(number): level for number, level in enumerate(levels, start=1)}
    return TopicMessage(topic, numbered, len(levels), message_type, data)


def matches(topic: str, pattern: str) -> bool:
    """Tell whether a topic is one of those a pattern means; raises TopicError."""
    levels, wanted = _levels(topic), _pattern_levels(pattern)
    if wanted[-1] == "**":
        wanted = wanted[:-1]
        if len(levels) <= len(wanted):
            return False
    elif len(levels) != len(wanted):
        return False
    return all(_level_matches(level, want) for level, want in zip(levels, wanted, strict=False))


def event_pattern(pattern: str) -> dict[str, Any]:
    """Write a pattern as one of EventBridge, which lets through exactly the same topics; raises TopicError."""
    wanted = _pattern_levels(pattern)
    has_more = wanted[-1] == "**"
    fixed = wanted[:-1] if has_more else wanted
    levels: dict[str, Any] = {
        str(number): [{"prefix": want[:-1]}] if want.endswith("*") else [want]
        for number, want in enumerate(fixed, start=1)
        if want != "*"
    }
    detail: dict[str, Any] = {} if has_more else {"depth": [len(fixed)]}
    if has_more:
        levels[str(len(wanted))] = [{"exists": True}]
    return {"detail-type": [TopicMessage.__name__], "detail": {**detail, **({"levels": levels} if levels else {})}}


def level(topic: str, number: int) -> str:
    """Give one level of a topic; the first has number 1."""
    return _levels(topic)[number - 1]


def _level_matches(level: str, wanted: str) -> bool:
    return level.startswith(wanted[:-1]) if wanted.endswith("*") else level == wanted


def _levels(topic: str) -> list[str]:
    levels = topic.split("/")
    if len(levels) > LEVELS_LIMIT or not all(_IS_LEVEL.fullmatch(level) for level in levels):
        raise TopicError(
            f"topic {topic!r} must be 1 to {LEVELS_LIMIT} levels between slashes,"
            f" each of up to {LEVEL_LIMIT} letters, digits and . _ : -"
        )
    return levels


def _pattern_levels(pattern: str) -> list[str]:
    levels = pattern.split("/")
    fixed = levels[:-1] if levels[-1] == "**" else levels
    if len(levels) > LEVELS_LIMIT or not all(_IS_PATTERN_LEVEL.fullmatch(level) for level in fixed):
        raise TopicError(
            f"pattern {pattern!r} must be 1 to {LEVELS_LIMIT} levels between slashes: words, '*', 'word*',"
            " and '**' at the end only"
        )
    return levels
