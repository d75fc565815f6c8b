"""Messages that agents could not handle, as operators see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import StringConstraints

from lambdas.actors.dead_letters import LetterKind
from lambdas.api.views.agent_messages import COMMAND_REASON_LIMIT
from lambdas.api.views.fields import Request, View

AGENT_LIMIT = 512
"""Characters of what stands where an agent's address should: of a refused message it may be anything."""

OptionalAgent = Annotated[
    str | None,
    Query(min_length=1, max_length=AGENT_LIMIT, description="Address of an agent, kind/key; without it, all of them."),
]


class LetterState(StrEnum):
    """What was decided on a letter."""

    OPEN = "open"
    REPLAYED = "replayed"
    DROPPED = "dropped"


class DecisionRequest(Request):
    """A decision on a letter, and why it is made."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=COMMAND_REASON_LIMIT)]


class DecisionView(View):
    """What was decided on a letter, by whom, why and when."""

    status: LetterState
    by: str
    because: str
    at: datetime


class ClaimView(View):
    """Names a content that was too large to travel with its message."""

    sha256: str
    size_bytes: int


class LetterMessageView(View):
    """One message of a letter. Who waited for its answer was told that it was set aside."""

    type: str
    data: Any
    reply_to: str | None
    """Who waited for the answer; of a state machine only that one did."""
    expires: datetime | None


class LetterSummary(View):
    """A letter as a list shows it."""

    address: str
    """Names the letter in paths."""
    agent: str
    letter_id: str
    kind: LetterKind
    status: LetterState
    reason: str
    parked_at: datetime
    lane: str
    attempts: int
    message_types: list[str]


class LetterView(LetterSummary):
    """A letter with what it holds."""

    messages: list[LetterMessageView] | None
    """Null when they are not readable, or their claim is gone or very large."""
    text: str | None
    """What came, when it is not readable as messages."""
    claim: ClaimView | None
    """Names the messages where they are kept, when they were too large for the letter."""
    decision: DecisionView | None
    possible: list[str]
    """What can be decided now."""


class LetterPageView(View):
    """Some open letters; no cursor means that these were the last."""

    letters: list[LetterSummary]
    cursor: str | None
