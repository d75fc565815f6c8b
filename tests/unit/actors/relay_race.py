"""Example agents: runners pass what they are told on to the next, collectors keep what reaches them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import CancelReminder, CompleteTask, Effect, Publish, Remind, Send
from lambdas.actors.reach import Reach
from lambdas.actors.turn import Turn

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

COLLECTOR = ActorId("collector", "c")
RUNNER = ActorId("runner", "r")

RUNNER_REACH = Reach(frozenset({"runner", "collector"}), publishes=True, completes_tasks=True)
COLLECTOR_REACH = Reach(frozenset(), publishes=False, completes_tasks=False)


@dataclass(frozen=True, slots=True)
class Carry:
    """Remember a word and pass it on."""

    word: str
    to: tuple[str, ...] = (str(COLLECTOR),)


@dataclass(frozen=True, slots=True)
class Stumble:
    """Raise."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Pass on, publish, complete and remind, then raise."""


@dataclass(frozen=True, slots=True)
class RemindMe:
    """Set a reminder that carries a word."""

    name: str
    due: datetime
    word: str


@dataclass(frozen=True, slots=True)
class RemindMeToStumble:
    """Set a reminder whose reaction raises."""

    name: str
    due: datetime


@dataclass(frozen=True, slots=True)
class ForgetReminder:
    """Cancel a reminder."""

    name: str


@dataclass(frozen=True, slots=True)
class Do:
    """Have one effect of each way out."""

    token: str


@dataclass(frozen=True, slots=True)
class Grow:
    """Make state or messages large."""

    state_bytes: int = 0
    message_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Carried:
    """A word has come through, from a runner's n-th carry."""

    word: str
    number: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """Event: something was noticed."""

    word: str


@dataclass(frozen=True, slots=True)
class Runner:
    """What a runner remembers."""

    key: str = ""
    words: tuple[str, ...] = ()
    ballast: str = ""


@dataclass(frozen=True, slots=True)
class Collector:
    """What a collector has got."""

    words: tuple[str, ...] = ()


def _with_word(runner: Runner, word: str) -> Runner:
    return replace(runner, words=(*runner.words, word))


def on_carry(runner: Runner, carry: Carry, now: datetime) -> Turn[Runner]:
    carried = Carried(carry.word, len(runner.words) + 1)
    return Turn(_with_word(runner, carry.word), tuple(Send(ActorId.parse(to), carried) for to in carry.to))


def on_stumble(runner: Runner, message: Any, now: datetime) -> Turn[Runner]:
    raise RuntimeError("stumbled")


def on_burst(runner: Runner, message: Burst, now: datetime) -> Turn[Runner]:
    effects: tuple[Effect, ...] = (
        Send(COLLECTOR, Carried("burst", 0)),
        Publish(Noticed("burst")),
        CompleteTask("burst", {}),
        Remind("burst", now, Carry("burst")),
        Send(ActorId("stranger", "s"), Carried("burst", 0)),
    )
    return Turn(_with_word(runner, "burst"), effects)


def on_remind_me(runner: Runner, message: RemindMe, now: datetime) -> Turn[Runner]:
    return Turn(runner, (Remind(message.name, message.due, Carry(message.word)),))


def on_remind_me_to_stumble(runner: Runner, message: RemindMeToStumble, now: datetime) -> Turn[Runner]:
    return Turn(runner, (Remind(message.name, message.due, Stumble()),))


def on_forget_reminder(runner: Runner, message: ForgetReminder, now: datetime) -> Turn[Runner]:
    return Turn(runner, (CancelReminder(message.name),))


def on_do(runner: Runner, message: Do, now: datetime) -> Turn[Runner]:
    return Turn(
        _with_word(runner, message.token),
        (
            Send(COLLECTOR, Carried(message.token, 0)),
            Publish(Noticed(message.token)),
            Publish(Noticed(message.token + "!")),
            CompleteTask(message.token, {"ok": True}),
            Remind(message.token, now + timedelta(minutes=5), Carry(message.token)),
        ),
    )


def on_grow(runner: Runner, message: Grow, now: datetime) -> Turn[Runner]:
    sends = (Send(COLLECTOR, Carried("x" * message.message_bytes, 0)),) if message.message_bytes else ()
    return Turn(replace(runner, ballast="x" * message.state_bytes), sends)


def on_carried(collector: Collector, carried: Carried, now: datetime) -> Turn[Collector]:
    return Turn(Collector((*collector.words, carried.word)))


def runner_index(runner: Runner) -> Mapping[str, str]:
    return {"words": str(len(runner.words))}


RUNNER_BEHAVIOR = Behavior(
    kind="runner",
    state_type=Runner,
    initial_state=Runner,
    reactions={
        Carry: on_carry,
        Stumble: on_stumble,
        Burst: on_burst,
        RemindMe: on_remind_me,
        RemindMeToStumble: on_remind_me_to_stumble,
        ForgetReminder: on_forget_reminder,
        Do: on_do,
        Grow: on_grow,
    },
    index=runner_index,
)

COLLECTOR_BEHAVIOR = Behavior(
    kind="collector",
    state_type=Collector,
    initial_state=lambda _key: Collector(),
    reactions={Carried: on_carried},
)
