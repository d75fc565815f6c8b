"""A cache that an agent keeps in its state: a value is computed once, however many ask for it meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from lambdas.actors.effects import BreakPromise, Effect, HoldReply, KeepPromise, Reply

ENTRIES_LIMIT = 500
"""Entries of one cache; beyond, the one that expires first makes room."""


class Lookup(StrEnum):
    """What asking for a key came to."""

    FOUND = "found"
    MISSED = "missed"
    """Whoever got this computes the value, and stores it or gives up."""
    AWAITED = "awaited"
    """Somebody computes it already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, JSON, and until when it holds."""

    value: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Cache:
    """Values by key, and the keys whose value is being computed, until when that is waited for."""

    ttl: timedelta
    patience: timedelta
    """How long a computation may take before the next asker begins another."""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    computing: Mapping[str, datetime] = field(default_factory=dict)

    def get_or_compute(self, key: str, now: datetime) -> tuple["Cache", Lookup, tuple[Effect, ...]]:
        """Answer the message in hand with the value of a key: at once, or when it has been computed."""
        entry = self.entries.get(key)
        if entry is not None and now < entry.expires:
            return self, Lookup.FOUND, (Reply(entry.value),)
        if key in self.computing and now < self.computing[key]:
            return self, Lookup.AWAITED, (HoldReply(_name(key)),)
        computing = {**self.computing, key: now + self.patience}
        return self._with(self.entries, computing), Lookup.MISSED, (HoldReply(_name(key)),)

    def store(self, key: str, value: str, now: datetime) -> tuple["Cache", tuple[Effect, ...]]:
        """Keep a computed value, and give it to all who wait for it."""
        entries = {name: entry for name, entry in self.entries.items() if now < entry.expires and name != key}
        if len(entries) >= ENTRIES_LIMIT:
            del entries[min(entries, key=lambda name: entries[name].expires)]
        entries[key] = Entry(value, now + self.ttl)
        return self._with(entries, self._others(key)), (KeepPromise(_name(key), value),)

    def give_up(self, key: str, reason: str) -> tuple["Cache", tuple[Effect, ...]]:
        """Tell all who wait that the value cannot be had; the next asker begins anew."""
        return self._with(self.entries, self._others(key)), (BreakPromise(_name(key), reason),)

    def forget(self, key: str) -> "Cache":
        """Drop a value that does not hold any more."""
        return self._with({name: entry for name, entry in self.entries.items() if name != key}, self.computing)

    def _others(self, key: str) -> dict[str, datetime]:
        return {other: until for other, until in self.computing.items() if other != key}

    def _with(self, entries: Mapping[str, Entry], computing: Mapping[str, datetime]) -> "Cache":
        return Cache(self.ttl, self.patience, entries, computing)


def _name(key: str) -> str:
    return f"value of {key}"
