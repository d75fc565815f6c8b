"""The agents of the simulation: puppets that do what each message says, with every effect there is.

A message carries its steps, so a scenario is written where it is told. Five kinds differ only in what they do with
messages that fail. Every reaction writes what it handled into the state together with the time of its invocation,
which no other invocation shares; so whatever leaves an execution that was never committed can be recognised.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import Answer, Rejected, Replied, TimedOut
from lambdas.actors.behavior import Behavior, Continuation
from lambdas.actors.effects import (
    Ask,
    BreakPromise,
    CallOut,
    CancelReminder,
    CompleteTask,
    Effect,
    Exit,
    HoldReply,
    KeepPromise,
    Publish,
    Reject,
    Remind,
    Reply,
    Send,
    SendAtMostOnce,
)
from lambdas.actors.failures import FailurePolicy
from lambdas.actors.lanes import Lane, mailbox_name, reachable_lane
from lambdas.actors.reach import Reach
from lambdas.actors.supervision.messages import ChildExited, ChildStarted
from lambdas.actors.system_messages import StartChild, StopChild
from lambdas.actors.turn import Turn
from tests.simulation.messages import Do, Heard, Noticed, Op, Step

PARTNER = "partner"
"""The destination outside that puppets call."""

MARKS_IN_ITEM = 2
"""Senders remembered in an item; fewer than there are, so that marks are evicted."""


@dataclass(frozen=True, slots=True)
class Puppet:
    """What a puppet remembers: all it handled, in order, and how many questions it asked."""

    key: str
    log: tuple[str, ...] = ()
    asked: int = 0
    answered: int = 0
    ballast: str = ""


class StepFailedError(RuntimeError):
    """A step that says so has failed."""


def on_do(puppet: Puppet, message: Do, now: datetime) -> Turn[Puppet]:
    mark = f"@{now.microsecond}"
    if any(step.op is Op.NO_TURN for step in message.steps):
        return "not a turn"  # type: ignore[return-value]
    effects = tuple(_effect(puppet, message, place, now, mark) for place, step in enumerate(message.steps))
    asked = sum(step.op is Op.ASK for step in message.steps)
    after = replace(puppet, log=(*puppet.log, f"{message.uid}{mark}"), asked=puppet.asked + asked)
    for step in message.steps:
        if step.op is Op.SWELL:
            after = replace(after, ballast=_noise(message.uid, step.ballast))
    return Turn(after, tuple(effect for effect in effects if effect is not None))


def on_answer(puppet: Puppet, answer: Answer, now: datetime) -> Turn[Puppet]:
    match answer:
        case Replied(value):
            outcome = f"replied {value.uid if value else ''}"
        case Rejected():
            outcome = "rejected"
        case TimedOut():
            outcome = "timed out"
    return Turn(replace(puppet, log=(*puppet.log, f"?{outcome}@{now.microsecond}"), answered=puppet.answered + 1))


def on_child_exited(puppet: Puppet, exited: ChildExited, now: datetime) -> Turn[Puppet]:
    start = StartChild(f"boss/{puppet.key}", exited.incarnation + 1)
    logged = (*puppet.log, f"exited {exited.child} {exited.incarnation}@{now.microsecond}")
    return Turn(replace(puppet, log=logged), (Send(ActorId.parse(exited.child), start),))


def on_child_started(puppet: Puppet, started: ChildStarted, now: datetime) -> Turn[Puppet]:
    logged = (*puppet.log, f"started {started.child} {started.incarnation}@{now.microsecond}")
    return Turn(replace(puppet, log=logged))


def _effect(puppet: Puppet, message: Do, place: int, now: datetime, mark: str) -> Effect | None:
    step = message.steps[place]
    uid = f"{message.uid}.{place}{mark}"
    _fail_when_told(puppet, message, step, now)
    make = _EFFECTS.get(step.op)
    return make(step, uid, now) if make else None


def _fail_when_told(puppet: Puppet, message: Do, step: Step, now: datetime) -> None:
    is_unlucky = zlib.crc32(f"{message.uid}{now.microsecond}".encode()) % 3 > 0
    if step.op is Op.FAIL or (step.op is Op.FLAKY and is_unlucky) or (step.op is Op.FAIL_UNLESS_NEW and puppet.log):
        raise StepFailedError(f"{message.uid} fails")


def _noise(uid: str, length: int) -> str:
    """Make text that hardly gets shorter when it is packed."""
    digests = (sha256(f"{uid}{number}".encode()).hexdigest() for number in range(length // 64 + 1))
    return "".join(digests)[:length]


def _told(step: Step, uid: str) -> Do:
    return Do(uid, step.steps, ballast="x" * step.ballast)


def _expiry(step: Step) -> timedelta | None:
    return timedelta(seconds=step.seconds) if step.seconds else None


def _remind(step: Step, uid: str, now: datetime) -> Remind:
    due = now + timedelta(seconds=step.seconds)
    every = timedelta(seconds=step.every_seconds) if step.every_seconds else None
    return Remind(step.name, due, Do(uid, step.steps, due, step.every_seconds), every)


_EFFECTS: dict[Op, Callable[[Step, str, datetime], Effect]] = {
    Op.TELL: lambda step, uid, now: Send(ActorId.parse(step.to), _told(step, uid), step.lane, _expiry(step)),
    Op.SHOUT: lambda step, uid, now: SendAtMostOnce(
        ActorId.parse(step.to), _told(step, uid), timedelta(seconds=step.seconds), step.lane
    ),
    Op.ASK: lambda step, uid, now: Ask(
        ActorId.parse(step.to), _told(step, uid), timedelta(seconds=step.seconds), on_answer, step.lane
    ),
    Op.REPLY: lambda step, uid, now: Reply(Heard(uid)),
    Op.REJECT: lambda step, uid, now: Reject("told to"),
    Op.HOLD: lambda step, uid, now: HoldReply(step.name),
    Op.KEEP: lambda step, uid, now: KeepPromise(step.name, Heard(uid)),
    Op.BREAK: lambda step, uid, now: BreakPromise(step.name, "told to"),
    Op.PUBLISH: lambda step, uid, now: Publish(Noticed(uid)),
    Op.CALL: lambda step, uid, now: CallOut(PARTNER, {"uid": uid}),
    Op.COMPLETE: lambda step, uid, now: CompleteTask(uid, {"uid": uid}),
    Op.REMIND: _remind,
    Op.CANCEL: lambda step, uid, now: CancelReminder(step.name),
    Op.ADOPT: lambda step, uid, now: Send(ActorId.parse(step.to), StartChild(f"boss/{step.name}", 1)),
    Op.STOP: lambda step, uid, now: Send(ActorId.parse(step.to), StopChild(f"boss/{step.name}", int(step.seconds))),
    Op.EXIT: lambda step, uid, now: Exit("told to"),
}


def same_layout(state: dict[str, Any]) -> dict[str, Any]:
    """Lay a state of schema 1 out as schema 2 wants it."""
    return state


def puppets(kind: str, on_failure: FailurePolicy, attempts: int = 2) -> Behavior[Puppet]:
    """Make a kind of puppets; a message is tried ``attempts`` times before the policy takes over."""
    reactions: dict[type, Callable[[Puppet, Any, datetime], Turn[Puppet]]] = {
        Do: on_do,
        ChildExited: on_child_exited,
        ChildStarted: on_child_started,
    }
    return Behavior(
        kind=kind,
        state_type=Puppet,
        initial_state=Puppet,
        reactions=reactions,
        continuations=(Continuation(on_answer, (Heard,)),),
        on_failure=on_failure,
        max_attempts=attempts,
        marks_in_item=MARKS_IN_ITEM,
    )


KINDS: dict[str, Behavior[Puppet]] = {
    "parks": puppets("parks", FailurePolicy.PARK),
    "suspends": puppets("suspends", FailurePolicy.SUSPEND, attempts=3),
    "resets": puppets("resets", FailurePolicy.RESET),
    "escalates": puppets("escalates", FailurePolicy.ESCALATE, attempts=1),
    "boss": puppets("boss", FailurePolicy.PARK),
}

NEXT_KINDS = {kind: replace(behavior, schema=2, upcasts={1: same_layout}) for kind, behavior in KINDS.items()}
"""The same puppets as a later deployment has them: older code does not read what they store."""

LANES = (Lane.CONTROL, Lane.NORMAL)
LANES_OF: dict[str, tuple[Lane, ...]] = dict.fromkeys(KINDS, LANES) | {"resets": (Lane.NORMAL,)}


def mailbox_of(agent: str, lane: str) -> str:
    """Name the mailbox through which an agent is told something in a lane, or in the normal one if it has not that."""
    kind = agent.partition("/")[0]
    return mailbox_name(kind, reachable_lane(lane, LANES_OF[kind]))


REACH = Reach(frozenset(KINDS), publishes=True, completes_tasks=True, calls_out=True)
