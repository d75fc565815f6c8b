"""Rebuilds the state of an agent at a version: its reactions are run again over the recorded inputs.

Reactions are pure, so the same inputs make the same state, bit for bit. Where they do not, the entry was altered, or
the reactions are not the ones that ran then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.claims import Claim
from lambdas.actors.codec import StateFormatError
from lambdas.actors.journal import JournalEntry, digest_of
from lambdas.actors.json_difference import ROOT, first_difference
from lambdas.actors.turn_replay import NO_STATE, LostInputsError, ReplayRaisedError, StoredState, TurnReplay


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The state at the version asked for, as JSON, made of what was recorded since version ``since``."""

    version: int
    state: str
    since: int
    """Version of the stored state at which it began; 0 is the initial state."""
    turns: int
    """How many turns were run again."""
    is_compared: bool
    """Whether it is known to be what was committed: false when that has an older schema and only its digest is left."""


@dataclass(frozen=True, slots=True)
class Diverged:
    """The first version that is not what was committed, and its first field that is not: JSON path and JSON texts."""

    version: int
    reason: str
    path: str | None = None
    """None when only the digest of what was committed is left."""
    committed: str | None = None
    rebuilt: str | None = None
    seen_at: int | None = None
    """The version whose stored state shows the field, when that is a later one."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The journal lacks what is needed to rebuild ``version``."""

    version: int
    reason: str


RebuildOutcome = Rebuilt | Diverged | Incomplete


def rebuild(
    behavior: Behavior[Any],
    agent: ActorId,
    entries: Sequence[JournalEntry],
    to_version: int,
    claims: Mapping[Claim, bytes] | None = None,
) -> RebuildOutcome:
    """Rebuild ``to_version`` from entries in ascending order.

    The first holds an unaltered state of an earlier version, or is version 1; those after ``to_version`` only serve to
    name the field of a divergence where a version has left its digest alone. ``claims`` holds what ``claims_named``
    names.
    """
    replay = TurnReplay(behavior, agent, claims or {})
    first = entries[0] if entries else None
    if first is not None and first.version < to_version and first.is_whole and first.state is not None:
        return _run(replay, entries[1:], first.version, StoredState(first.state, first.schema), to_version)
    if first is not None and first.version == 1:
        return _run(replay, entries, 0, replay.beginning(), to_version)
    return _missing(first.version - 1 if first else to_version)


def _run(
    replay: TurnReplay[Any], entries: Sequence[JournalEntry], since: int, stands: StoredState, to_version: int
) -> RebuildOutcome:
    for version in range(since + 1, to_version + 1):
        place = version - since - 1
        if place >= len(entries) or entries[place].version != version:
            return _missing(version)
        entry = entries[place]
        try:
            stands = replay.turn(entry, stands)
        except LostInputsError as error:
            return Incomplete(version, str(error))
        except ReplayRaisedError as error:
            return Diverged(version, str(error))
        diverged = _divergence(replay, entry, stands)
        if diverged is not None:
            return diverged if diverged.path else _located(replay, diverged, stands, entries[place + 1 :])
    compared = entry.schema == stands.schema or entry.state is not None
    return Rebuilt(to_version, stands.text, since, to_version - since, compared)


def _divergence(replay: TurnReplay[Any], entry: JournalEntry, rebuilt: StoredState) -> Diverged | None:
    """Compare an entry with what was rebuilt; nothing is said where only the digest of an older schema is left."""
    version = entry.version
    if entry.state is not None and not entry.is_whole:
        altered = Diverged(version, f"the stored state of version {version} is not the one committed: it was altered")
        return _shown(altered, entry.state, rebuilt.text) or altered
    has_same_layout = entry.schema == rebuilt.schema or rebuilt.text == NO_STATE
    if has_same_layout and entry.digest == digest_of(rebuilt.text):
        return None
    otherwise = Diverged(version, f"version {version} is rebuilt otherwise than it was committed")
    if entry.state is not None:
        return _shown(otherwise, _in_schema_of(rebuilt, replay, entry), rebuilt.text)
    return otherwise if entry.schema == rebuilt.schema else None


def _in_schema_of(rebuilt: StoredState, replay: TurnReplay[Any], entry: JournalEntry) -> str:
    committed = StoredState(entry.state or "", entry.schema)
    if committed.schema == rebuilt.schema:
        return committed.text
    try:
        return replay.in_known_schema(committed).text
    except StateFormatError:
        return committed.text


def _shown(diverged: Diverged, committed: str, rebuilt: str) -> Diverged | None:
    """Name the first field in which two states differ; None when there is none."""
    found = first_difference(committed, rebuilt)
    if found is None:
        return None
    reason = diverged.reason + (" (the same fields in another notation)" if found.path == ROOT else "")
    return replace(diverged, reason=reason, path=found.path, committed=found.left, rebuilt=found.right)


def _located(
    replay: TurnReplay[Any], diverged: Diverged, stands: StoredState, later: Sequence[JournalEntry]
) -> Diverged:
    """Name the field by the next stored state, where the diverged version has left its digest alone."""
    for entry in later:
        try:
            stands = replay.turn(entry, stands)
        except (LostInputsError, ReplayRaisedError):
            return diverged
        if entry.is_whole and entry.schema == stands.schema:
            shown = _shown(diverged, entry.state or "", stands.text)
            return replace(shown, seen_at=entry.version) if shown else diverged
    return diverged


def _missing(version: int) -> Incomplete:
    return Incomplete(version, f"version {version} is not in the journal: it is not written yet, or it has expired")
