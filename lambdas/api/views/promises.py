"""Promises: what agents were asked, and the one outcome."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from lambdas.actors.answers import Outcome
from lambdas.api.views.fields import View


class PromiseStatus(StrEnum):
    """Whether the outcome is known."""

    OPEN = "open"
    SETTLED = "settled"


class PromiseView(View):
    """A promise. Once it is settled, ``outcome`` and what belongs to it never change."""

    promise_id: str
    agent: str
    message_type: str
    deadline: datetime
    """When the promise is timed out if it is still open."""
    status: PromiseStatus
    outcome: Outcome | None
    type: str | None
    """Name of the type of the value; null when the agent only did what it was asked."""
    value: Any
    reason: str | None
    """Why the agent refused."""
