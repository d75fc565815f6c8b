"""The journal in memory."""

from collections.abc import Collection, Sequence

from lambdas.actors.actor_id import ActorId
from lambdas.actors.journal import JournalEntry, JournalPage
from lambdas.actors.journal_cursor import read_cursor


class InMemoryJournal:
    """A Journal whose entries live as long as the process."""

    def __init__(self) -> None:
        self.entries: dict[tuple[ActorId, int], JournalEntry] = {}

    def append(self, entries: Sequence[JournalEntry]) -> Collection[int]:
        """Keep entries; all of them can be kept."""
        self.entries.update({(entry.agent, entry.version): entry for entry in entries})
        return ()

    def page(self, agent: ActorId, limit: int, cursor: str | None = None) -> JournalPage:
        """Read an agent's entries, newest first; the cursor is the last version read."""
        before = read_cursor(cursor)
        older = [entry for entry in self._ascending(agent) if before is None or entry.version < before]
        newest = tuple(reversed(older[-limit:]))
        return JournalPage(newest, str(newest[-1].version) if len(older) > limit else None)

    def span(self, agent: ActorId, first: int, last: int) -> Sequence[JournalEntry]:
        """Read some versions."""
        return tuple(entry for entry in self._ascending(agent) if first <= entry.version <= last)

    def lead_up(self, agent: ActorId, version: int) -> Sequence[JournalEntry]:
        """Read the entries from which a version is rebuilt."""
        entries = [entry for entry in self._ascending(agent) if entry.version <= version]
        starts = [place for place, entry in enumerate(entries) if entry.is_whole and entry.version < version]
        return tuple(entries[starts[-1] if starts else 0 :])

    def _ascending(self, agent: ActorId) -> list[JournalEntry]:
        return sorted((one for one in self.entries.values() if one.agent == agent), key=lambda one: one.version)
