import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from lambdas.actors.codec import encode_message
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topics import (
    LEVEL_LIMIT,
    LEVELS_LIMIT,
    TopicError,
    TopicMessage,
    announce,
    event_pattern,
    matches,
    topic_message,
)
from lambdas.actors.effects import Publish
from lambdas.actors.supervision.messages import TerminateChild

levels = st.sampled_from(["plant", "pump", "pump-1", "pump-12", "overflow", "a", "b"])
topics = st.lists(levels, min_size=1, max_size=5).map("/".join)
wanted = st.one_of(levels, st.just("*"), levels.map(lambda level: f"{level}*"))
patterns = st.tuples(st.lists(wanted, max_size=4), st.booleans()).map(
    lambda drawn: "/".join([*drawn[0], *(["**"] if drawn[1] or not drawn[0] else [])])
)


def on_the_bus(topic):
    message = topic_message(topic, "Overflowed", encode_message(TerminateChild("child/a")).data)
    return {
        "source": "ringtree",
        "detail-type": "TopicMessage",
        "detail": json.loads(bytes(encode_message(message).data)),
    }


@given(topics, patterns)
def test_a_rule_of_the_bus_lets_through_what_its_pattern_means(topic, pattern):
    rule = json.dumps(event_pattern(pattern))

    assert EventPattern.load(rule).matches_event(on_the_bus(topic)) == matches(topic, pattern)


@pytest.mark.parametrize(
    ("pattern", "topic", "is_meant"),
    [
        ("plant/*/overflow", "plant/p-7/overflow", True),
        ("plant/*/overflow", "plant/p-7/p-8/overflow", False),
        ("plant/*/overflow", "plant/p-7/dry", False),
        ("plant/**", "plant/p-7", True),
        ("plant/**", "plant/p-7/overflow", True),
        ("plant/**", "plant", False),
        ("**", "plant", True),
        ("plant/pump-*/**", "plant/pump-3/overflow", True),
        ("plant/pump-*/**", "plant/fan-3/overflow", False),
        ("plant/pump-*", "plant/pump-", True),
        ("plant", "plant", True),
        ("plant", "plants", False),
    ],
)
def test_a_pattern_means_these_topics(pattern, topic, is_meant):
    assert matches(topic, pattern) is is_meant


@pytest.mark.parametrize("topic", ["", "/", "plant/", "/plant", "plant//x", "plant/*", "plant/ü", "a b"])
def test_what_is_no_topic_is_refused(topic):
    with pytest.raises(TopicError, match="must be 1 to 16 levels"):
        announce(topic, TerminateChild("child/a"))


@pytest.mark.parametrize("pattern", ["", "**/x", "plant/**/x", "a**", "*a", "a*b", "plant//x"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(TopicError, match="'\\*\\*' at the end only"):
        event_pattern(pattern)


def test_a_topic_has_as_many_levels_as_are_allowed_and_not_one_more():
    assert matches("/".join(["a"] * LEVELS_LIMIT), "**")
    with pytest.raises(TopicError):
        matches("/".join(["a"] * (LEVELS_LIMIT + 1)), "**")


def test_a_level_is_as_long_as_is_allowed_and_not_longer():
    assert matches("a" * LEVEL_LIMIT, "*")
    with pytest.raises(TopicError):
        matches("a" * (LEVEL_LIMIT + 1), "*")


def test_the_longest_pattern_is_a_rule_that_eventbridge_takes():
    longest = "/".join([*["x" * LEVEL_LIMIT] * (LEVELS_LIMIT - 1), "**"])

    assert len(json.dumps(event_pattern(longest))) < 2_048, "characters of an event pattern, by default"


def test_what_is_announced_carries_message_and_topic():
    effect = announce("plant/p-7/overflow", TerminateChild("child/a"))

    assert isinstance(effect, Publish)
    assert isinstance(effect.event, TopicMessage)
    assert effect.event.levels == {"1": "plant", "2": "p-7", "3": "overflow"}
    assert effect.event.depth == 3
    assert (effect.event.type, bytes(effect.event.data)) == ("TerminateChild", b'{"child":"child/a"}')


def test_a_subscription_names_its_agent_by_levels_of_the_topic():
    assert str(Subscription("plant/*/overflow", "{2}").subscriber("pump", "plant/p-7/overflow")) == "pump/p-7"
    assert str(Subscription("plant/**", "all").subscriber("watch", "plant/p-7/overflow")) == "watch/all"


def test_a_subscription_that_wants_a_level_its_pattern_has_not_is_refused():
    with pytest.raises(TopicError, match="wants level 2 of a topic, pattern 'plant/\\*\\*' has 1"):
        Subscription("plant/**", "{2}")
