"""Admission: whether a mailbox takes one more message from a program, or is full enough already.

Agents are always let in: what they send was promised by a commit. So are commands to an agent, which must overtake.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from lambdas.actors.lanes import Lane

SHORTEST_RETRY_SECONDS = 1
LONGEST_RETRY_SECONDS = 300
"""Bounds of what a refused program is told to wait; backlogs shrink faster than they look once senders hold back."""


@dataclass(frozen=True, slots=True)
class BacklogLimit:
    """How many messages may wait in a mailbox, and how fast its agents work them off, in messages a second."""

    messages: int
    drained_per_second: float


ORDINARY_LIMIT = BacklogLimit(messages=20_000, drained_per_second=500)
"""For kinds of many agents.

SQS looks for groups it may give out among the first 120,000 messages of a FIFO queue only: beyond that one agent with
a backlog holds up all the others. Programs are refused at a sixth, so that there is always room for what agents send
to each other. The speed is what twenty runs at a time do with batches of ten at 0.4 s each.
"""

SINGLE_AGENT_LIMIT = BacklogLimit(messages=1_000, drained_per_second=50)
"""For kinds with one agent, which takes ten messages at a time, one batch after another, about five batches a second.

A thousand is twenty seconds of work, which is near what a caller of an API waits.
"""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The mailbox takes the message."""


@dataclass(frozen=True, slots=True)
class Overloaded:
    """The mailbox is full enough; it is worth asking again after a while, which grows with the backlog."""

    backlog: int
    limit: int
    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class Admission:
    """Decides by kind of agent and by what waits in its mailbox."""

    limits: Mapping[str, BacklogLimit] = field(default_factory=dict)
    """By kind of agent; others have ``ordinary``."""
    ordinary: BacklogLimit = ORDINARY_LIMIT

    def decide(self, kind: str, lane: str, backlog: int) -> Admitted | Overloaded:
        """Admit one more message unless ``backlog`` has reached the kind's limit; commands are always admitted."""
        limit = self.limits.get(kind, self.ordinary)
        if lane == Lane.CONTROL or backlog < limit.messages:
            return Admitted()

        surplus = backlog - limit.messages + 1
        wait = math.ceil(surplus / limit.drained_per_second)
        retry_after = min(max(wait, SHORTEST_RETRY_SECONDS), LONGEST_RETRY_SECONDS)
        return Overloaded(backlog, limit.messages, retry_after)
