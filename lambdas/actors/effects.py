"""What a reaction may ask the runtime to do once its turn is committed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.lanes import Lane


@dataclass(frozen=True, slots=True)
class Send:
    """Tell another agent; takes effect exactly once, in the order sent within the lane.

    One that arrives later than ``expires_after`` is dropped and counted.
    """

    to: ActorId
    message: Any
    lane: Lane = Lane.NORMAL
    expires_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SendAtMostOnce:
    """Tell another agent something that may be lost: sent once after the commit, never again; for telemetry."""

    to: ActorId
    message: Any
    expires_after: timedelta
    lane: Lane = Lane.NORMAL


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask another agent; its answer, or that none came in time, reaches the continuation ``then`` exactly once.

    ``then`` is one of the behavior's continuations. The turn does not wait: other messages are handled meanwhile.
    """

    to: ActorId
    message: Any
    timeout: timedelta
    then: Callable[..., Any]
    lane: Lane = Lane.NORMAL


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer the message in hand. Without one of the effects that answer, it is answered with nothing."""

    value: Any


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the message in hand: it is answered with the reason, counted, and never tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class HoldReply:
    """Answer the message in hand later: whoever waits for it is remembered under ``name``, others with them."""

    name: str


@dataclass(frozen=True, slots=True)
class KeepPromise:
    """Answer all whose replies are held under ``name``; nothing happens when nobody waits."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class BreakPromise:
    """Refuse all whose replies are held under ``name``; nothing happens when nobody waits."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Put an event on the fleet's bus; at least once, the event id tells repeats apart.

    The event is a dataclass of ``lambdas.fleet.events``; its class name is the detail type.
    """

    event: Any


@dataclass(frozen=True, slots=True)
class CallOut:
    """Post a message to a destination outside; at least once, under an idempotency key that repeats share.

    ``destination`` is a name that the deployment gives an address; ``payload`` is written as JSON.
    """

    destination: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Remind:
    """Have the agent told ``message`` at ``due``; a reminder of the same name is replaced.

    With ``every`` it is told again after each such time; ticks that were missed are told as one.
    """

    name: str
    due: datetime
    message: Any
    every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CancelReminder:
    """Forget a reminder; nothing happens when there is none of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Answer a Step Functions task token; a token that is gone counts as answered."""

    task_token: str
    output: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exit:
    """End this incarnation of the agent and tell its supervisor why; its next one begins anew."""

    reason: str = "normal"


Effect = (
    Send
    | SendAtMostOnce
    | Ask
    | Reply
    | Reject
    | HoldReply
    | KeepPromise
    | BreakPromise
    | Publish
    | CallOut
    | Remind
    | CancelReminder
    | CompleteTask
    | Exit
)
