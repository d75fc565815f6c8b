"""The journal of an agent, as operators see it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from lambdas.api.views.fields import View

LATEST_VERSION = 10**15
"""Above any version that an agent reaches."""

VersionAsked = Annotated[int, Query(ge=1, le=LATEST_VERSION, description="The version to rebuild; the first is 1.")]


class InputWay(StrEnum):
    """How something reached an agent."""

    MESSAGE = "message"
    TIMER = "timer"
    ANSWER = "answer"
    BEGUN = "begun"


class InputView(View):
    """What an agent was told, by type; the content is in its journal and is not shown."""

    way: InputWay
    type: str
    """Class of the message; of an answer its outcome; empty for a new incarnation."""
    name: str | None = None
    """Of the reminder, or of the reaction to an answer."""
    count: int = 1
    """More than one for messages that came in a large frame."""


class JournalEntryView(View):
    """One committed version."""

    version: int
    committed_at: datetime
    committed_by: str
    """Id of the function's invocation, as its log has it."""
    lane: str | None
    inputs: list[InputView] | None = Field(description="In the order told; null when they were too many to record.")
    state_schema: int
    state_bytes: int
    digest: str = Field(description="SHA-256 of the state's JSON.")
    has_state: bool = Field(description="Whether the state itself is stored, so that a rebuild may begin there.")


class JournalPageView(View):
    """Some versions, newest first; no cursor means that these were the oldest kept."""

    agent: str
    entries: list[JournalEntryView]
    cursor: str | None


class RebuildOutcome(StrEnum):
    """Whether a version could be rebuilt."""

    IDENTICAL = "identical"
    """Bit for bit what was committed."""
    DIVERGED = "diverged"
    INCOMPLETE = "incomplete"
    """The journal lacks something."""
    NOT_COMPARED = "not_compared"
    """Rebuilt, but only a digest in an older schema is left to compare it with."""


class DivergenceView(View):
    """The first version that is rebuilt otherwise than it was committed, and its first field that is."""

    version: int
    path: str | None = Field(description="JSON path; null when only a digest of what was committed is left.")
    committed: str | None = Field(description="JSON; null when there is no such field.")
    rebuilt: str | None = Field(description="JSON; null when there is no such field.")
    seen_at: int | None = Field(description="The version whose stored state shows the field, when that is a later one.")


class RebuildView(View):
    """The state of an agent at a version, from its recorded inputs."""

    agent: str
    version: int
    outcome: RebuildOutcome
    reason: str | None = None
    since: Annotated[int | None, Field(description="Version of the stored state it began at; 0: the initial.")] = None
    turns: Annotated[int | None, Field(description="How many turns were run again.")] = None
    state: dict[str, Any] | None = None
    divergence: DivergenceView | None = None
