"""The journal: every committed version of an agent, what it was made of, and a digest of the state it left.

An entry that fits one KB costs one write unit. At the list prices of us-east-1 a million turns cost $0.63 to write
(more in proportion to the KB of larger entries); the function that writes them costs $0.01 when commits fill its
batches of a hundred and $0.41 when each comes alone; kept for a month with its backups, a KB of entry costs $0.45 a
million. Lambda reads the table's stream for free.
"""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, from_item
from lambdas.actors.claims import Claim
from lambdas.actors.turn_inputs import ToldByClaim, TurnInputs

SNAPSHOT_EVERY = 20
"""Versions from one stored state to the next at most: so many turns are run again for a rebuild."""

SMALL_STATE_BYTES = 512
"""A state that compresses to as little is stored with every entry: beside the inputs it still fits the first KB.

Measured over the agents of a deployment: attributes take 210 bytes, the inputs of a turn 105 to 270, a state 206 to 449
(a device's 389), and whole entries 500 to 760.
"""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One committed version of an agent."""

    agent: ActorId
    version: int
    committed_at: datetime
    committed_by: str
    """Token of the invocation that committed it."""
    schema: int
    digest: str
    """SHA-256 of the state's JSON, in hexadecimal digits."""
    state_bytes: int
    """Length of the state's JSON."""
    turn: TurnInputs | None = None
    """None when they were too many to be recorded; the state is there instead."""
    state: str | None = None
    """JSON; None when it can be rebuilt from an earlier entry. An entry without state and turn has lost both."""

    @property
    def is_whole(self) -> bool:
        """Whether a stored state is the one that was committed."""
        return self.state is not None and digest_of(self.state) == self.digest


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some entries, newest first, and where the next page begins, or None after the last."""

    entries: tuple[JournalEntry, ...]
    cursor: str | None


class JournalContent(msgspec.Struct, frozen=True, omit_defaults=True):
    """The part of an entry that is stored compressed, or as a claim when even that is large."""

    turn: TurnInputs | None = None
    state: str | None = None


def entry_of(item: AgentItem, committed_at: datetime) -> JournalEntry:
    """Make the entry for an agent's item as committed; raises ItemFormatError when it is none."""
    record = from_item(item)
    state = record.state or ""
    return JournalEntry(
        agent=record.agent,
        version=record.version,
        committed_at=committed_at,
        committed_by=record.committed_by,
        schema=record.schema,
        digest=digest_of(state),
        state_bytes=len(state.encode()),
        turn=record.turn,
        state=state if keeps_state(record.version, record.turn, state) else None,
    )


def keeps_state(version: int, turn: TurnInputs | None, state: str) -> bool:
    """Say whether an entry stores its state, so that rebuilding later versions may begin there."""
    if turn is None or turn.upcast_from is not None or version % SNAPSHOT_EVERY == 0:
        return True
    return len(zlib.compress(state.encode())) <= SMALL_STATE_BYTES


def digest_of(state: str) -> str:
    """Name a state by its JSON."""
    return sha256(state.encode()).hexdigest()


def pack_content(entry: JournalEntry) -> bytes:
    """Compress what an entry holds besides its attributes; inputs repeat much of the state."""
    return zlib.compress(msgspec.json.encode(JournalContent(entry.turn, entry.state)))


def unpack_content(packed: bytes) -> JournalContent:
    """Read what ``pack_content`` wrote; raises ValueError for anything else."""
    try:
        return _CONTENT.decode(zlib.decompress(packed))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"content of a journal entry cannot be read: {error}") from error


def claims_named(entries: Collection[JournalEntry]) -> frozenset[Claim]:
    """Name the claims without which the turns of these entries cannot be run again."""
    inputs = [made for entry in entries if entry.turn is not None for made in entry.turn.inputs]
    return frozenset(made.claim for made in inputs if isinstance(made, ToldByClaim))


_CONTENT = msgspec.json.Decoder(JournalContent)
