"""A stage is a system in memory: what is told happens at once, what is due happens when time passes."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topics import announce
from lambdas.actors.effects import Remind, Send
from lambdas.actors.in_memory.stage import MORNING, NeverQuietError, Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Count:
    """Counts one more."""


@dataclass(frozen=True, slots=True)
class CountLater:
    seconds: float


@dataclass(frozen=True, slots=True)
class CountEverywhere:
    pass


@dataclass(frozen=True, slots=True)
class Loop:
    pass


@dataclass(frozen=True, slots=True)
class Break:
    times: int


@dataclass(frozen=True, slots=True)
class Counter:
    name: str
    count: int = 0
    since: str = ""


def on_count(counter, _count, now):
    return Turn(replace(counter, count=counter.count + 1, since=now.isoformat()))


def on_count_later(counter, later, now):
    return Turn(counter, (Remind("count", now + timedelta(seconds=later.seconds), Count()),))


def on_count_everywhere(counter, _message, _now):
    return Turn(counter, (announce("count/all", Count()),))


def on_loop(counter, loop, _now):
    return Turn(counter, (Send(ActorId("counter", counter.name), loop),))


def on_break(counter, _message, now):
    if now < MORNING + timedelta(seconds=3):
        raise RuntimeError("too early")
    return Turn(replace(counter, count=counter.count + 1))


COUNTER = AgentSpec(
    Behavior(
        "counter",
        Counter,
        Counter,
        {
            Count: on_count,
            CountLater: on_count_later,
            CountEverywhere: on_count_everywhere,
            Loop: on_loop,
            Break: on_break,
        },
    ),
    sends_to=("counter",),
    publishes=True,
    subscribes_to=(Subscription("count/*", key="a"), Subscription("count/**", key="a")),
)


def test_an_agent_that_was_never_told_anything_shows_its_initial_state():
    assert Stage(COUNTER).state("counter/a") == Counter("a")


def test_a_reminder_comes_when_its_time_has_come_and_not_before():
    stage = Stage(COUNTER)
    stage.tell("counter/a", CountLater(60))

    stage.advance(MINUTE - timedelta(seconds=1))
    assert stage.state("counter/a").count == 0
    stage.advance(timedelta(seconds=1))
    assert stage.state("counter/a") == Counter("a", 1, (MORNING + MINUTE).isoformat())


def test_a_message_that_failed_is_tried_again_as_time_passes():
    stage = Stage(COUNTER)
    stage.tell("counter/a", Break(1))

    stage.advance(MINUTE)

    assert stage.state("counter/a").count == 1
    assert stage.letters == ()


def test_a_subscriber_that_two_patterns_meet_is_told_once():
    stage = Stage(COUNTER)

    stage.tell("counter/b", CountEverywhere())

    assert stage.state("counter/a").count == 1


def test_agents_that_never_come_to_rest_are_given_up():
    with pytest.raises(NeverQuietError, match="still tell one another"):
        Stage(COUNTER).tell("counter/a", Loop())


def test_a_question_without_a_reply_has_none():
    stage = Stage(COUNTER)

    with pytest.raises(LookupError, match="was not refused"):
        stage.refusal(stage.ask("counter/a", Count()))
    with pytest.raises(LookupError, match="has no reply"):
        stage.reply("promise-9")
