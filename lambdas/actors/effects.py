"""What a reaction may ask the runtime to do once its turn is committed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.actors.actor_id import ActorId


@dataclass(frozen=True, slots=True)
class Send:
    """Tell another agent; takes effect exactly once, in the order sent."""

    to: ActorId
    message: Any


@dataclass(frozen=True, slots=True)
class Publish:
    """Put an event on the fleet's bus; at least once, the event id tells repeats apart.

    The event is a dataclass of ``lambdas.fleet.events``; its class name is the detail type.
    """

    event: Any


@dataclass(frozen=True, slots=True)
class Remind:
    """Have the agent told ``message`` at ``due``; a reminder of the same name is replaced."""

    name: str
    due: datetime
    message: Any


@dataclass(frozen=True, slots=True)
class CancelReminder:
    """Forget a reminder; nothing happens when there is none of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Answer a Step Functions task token; a token that is gone counts as answered."""

    task_token: str
    output: Mapping[str, Any]


Effect = Send | Publish | Remind | CancelReminder | CompleteTask
