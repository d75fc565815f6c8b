"""Finding agents in memory that rely on a wake-up."""

from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.outbox import WakeUp
from lambdas.actors.wake_up_reconciliation import OverduePage, Segment

PAGE = 2
"""Agents of a page: few, so that tests turn pages."""


class InMemoryWaitingAgents:
    """A WaitingAgents over an InMemoryStateStore."""

    def __init__(self, store: InMemoryStateStore) -> None:
        self._store = store

    def overdue(self, before: datetime, segment: Segment, after: str) -> Iterator[OverduePage]:
        """Read the segment's agents by their addresses."""
        of_segment = sorted(
            (str(agent), agent)
            for agent in self._store.items
            if str(agent) > after and crc32(str(agent).encode()) % segment.count == segment.number
        )
        for start in range(0, max(len(of_segment), 1), PAGE):
            page = of_segment[start : start + PAGE]
            waiting = [
                WakeUp(agent, datetime.fromisoformat(item["hinted"]))
                for _, agent in page
                if (item := self._store.items[agent])["hinted"]
                and item["status"] in (AgentStatus.RUNNING, AgentStatus.RESUMING)
            ]
            is_last = start + PAGE >= len(of_segment)
            overdue = tuple(wake_up for wake_up in waiting if wake_up.due <= before)
            yield OverduePage(overdue, "" if is_last else page[-1][0])
