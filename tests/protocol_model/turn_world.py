"""The world of the turn model: client -> A -> B, as values.

``A`` hands every command of its client on to ``B``; both note in their logs what they did. Numbers that only ever
grow would make every state new, so they are kept relative: a message's place counts from the front of its mailbox,
and an item needs no version, since two versions of one agent never look the same (each commit moves ``handled``).
"""

from typing import NamedTuple

A, B = 0, 1

Entry = tuple[str, int, int]
"""(command, part, run): ``run`` tells the executions of one command apart, so that one never committed shows."""

Mark = tuple[tuple[str, ...], int]
"""The highest sequence seen of a sender, under the names that tell it from others."""


class Frame(NamedTuple):
    """One mailbox message."""

    sender: str
    sequence: int
    told: tuple[Entry, ...]


class Lane(NamedTuple):
    """How far one lane of an agent has come: ``handled`` counts from the front of its mailbox."""

    handled: int = 0
    sent: int = 0
    outbox: tuple[Frame, ...] = ()


class Item(NamedTuple):
    """What is stored of an agent, in one item that is written whole."""

    log: tuple[Entry, ...]
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...] = ()


RUN, FLUSH, COMMIT, ACK = "run", "flush", "commit", "ack"
"""Where an invocation stands: what it does next. It has loaded before RUN; COMMIT is of its own only in a mutant."""


class Invocation(NamedTuple):
    """One run of the function. ``holds`` until its messages became visible to others: then it is a zombie."""

    mailbox: int
    stage: str
    holds: bool
    first: int
    """Place of its first message, counted from the front of the mailbox; below 1 when that is long gone."""
    frames: tuple[Frame, ...]
    loaded: tuple[Item, ...]
    leaving: tuple[Frame, ...] = ()
    pending: tuple[Item, ...] = ()


class World(NamedTuple):
    """Everything. The mailboxes are those of A's lanes, and B's as the last."""

    mailboxes: tuple[tuple[Frame, ...], ...]
    agents: tuple[Item, Item]
    invocations: tuple[Invocation, ...]
    crashes: int
    """How many may still happen; so with the rest."""
    zombies: int
    partial_sends: int = 0
