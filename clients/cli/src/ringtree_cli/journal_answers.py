"""What the operator API answers about the journals of agents, typed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AgentInput:
    """What an agent was told, by type; ``way`` is ``message``, ``timer``, ``answer`` or ``begun``."""

    way: str
    type: str
    name: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """One committed version of an agent."""

    version: int
    committed_at: datetime
    committed_by: str
    digest: str
    state_bytes: int
    state_schema: int
    has_state: bool
    lane: str | None = None
    inputs: tuple[AgentInput, ...] | None = None
    """Null when they were too many to record."""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some versions, newest first; ``cursor`` asks for older ones, null when there are no more."""

    agent: str
    entries: tuple[AgentVersion, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a rebuilt version first differs from the committed one. The values are JSON, null where nothing stands."""

    version: int
    path: str | None = None
    committed: str | None = None
    rebuilt: str | None = None
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A version of an agent, rebuilt; ``outcome``: ``identical``, ``diverged``, ``incomplete`` or ``not_compared``."""

    agent: str
    version: int
    outcome: str
    reason: str | None = None
    since: int | None = None
    turns: int | None = None
    state: Any = None
    divergence: Divergence | None = None
