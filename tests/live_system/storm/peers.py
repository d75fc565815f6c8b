"""Agents of the rig: peers pass tokens round a circle, take notes, answer and stumble. Packaged with the functions."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import Reply, Send
from lambdas.actors.failures import FailurePolicy
from lambdas.actors.lanes import Lane
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

STRIDES = (1, 7, 31)
"""How far a token goes round the circle with each step; one stride for each token's whole way."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Set tokens on their way, all with one stride, ``steps`` steps each."""

    circle: int
    """Number of peers."""
    stride: int
    tokens: int
    steps: int


@dataclass(frozen=True, slots=True)
class Token:
    """A token has come. ``number`` counts what this sender has sent this receiver, from 1 without gaps."""

    sender: str
    number: int
    circle: int
    stride: int
    steps: int
    """Steps that are left, this one included."""


@dataclass(frozen=True, slots=True)
class Note:
    """Write something down."""

    text: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Write down how many notes there were when this came."""


@dataclass(frozen=True, slots=True)
class Question:
    """Answer with the number of notes."""


@dataclass(frozen=True, slots=True)
class Stumble:
    """Raise, however often this is tried."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer remembers."""

    key: str
    applied: int = 0
    """Tokens taken."""
    came: dict[str, int] | None = None
    """Number of the last token by sender."""
    sent: dict[str, int] | None = None
    """Number of the last token by receiver."""
    disorder: tuple[str, ...] = ()
    """What came twice, too early or not at all."""
    notes: tuple[str, ...] = ()
    noted: int = 0
    halted_at: int | None = None


def on_begin(peer: Peer, begin: Begin, now: datetime) -> Turn[Peer]:
    """Send the tokens of this peer."""
    sends: list[Send] = []
    for _ in range(begin.tokens):
        peer, send = _passed_on(peer, begin.circle, begin.stride, begin.steps)
        sends.append(send)
    return Turn(peer, tuple(sends))


def on_token(peer: Peer, token: Token, now: datetime) -> Turn[Peer]:
    """Count a token, look whether it is its turn, pass it on."""
    last = (peer.came or {}).get(token.sender, 0)
    wrong = () if token.number == last + 1 else (f"{token.sender}: {token.number} after {last}",)
    peer = replace(
        peer,
        applied=peer.applied + 1,
        came={**(peer.came or {}), token.sender: token.number},
        disorder=peer.disorder + wrong,
    )
    if token.steps == 1:
        return Turn(peer)
    peer, send = _passed_on(peer, token.circle, token.stride, token.steps - 1)
    return Turn(peer, (send,))


def on_note(peer: Peer, note: Note, now: datetime) -> Turn[Peer]:
    """Keep the last notes, count all."""
    return Turn(replace(peer, notes=(*peer.notes[-99:], note.text), noted=peer.noted + 1))


def on_halt(peer: Peer, halt: Halt, now: datetime) -> Turn[Peer]:
    """Remember when it came."""
    return Turn(replace(peer, halted_at=peer.noted))


def on_question(peer: Peer, question: Question, now: datetime) -> Turn[Peer]:
    """Answer."""
    return Turn(peer, (Reply(peer.noted),))


def on_stumble(peer: Peer, message: Stumble, now: datetime) -> Turn[Peer]:
    """Raise."""
    raise RuntimeError("stumbled")


def receiver(key: str, circle: int, stride: int) -> str:
    """The key of the peer that comes next: keys are ``<name>-<place in the circle>``."""
    name, _, place = key.rpartition("-")
    return f"{name}-{(int(place) + stride) % circle}"


def _passed_on(peer: Peer, circle: int, stride: int, steps: int) -> tuple[Peer, Send]:
    to = receiver(peer.key, circle, stride)
    number = (peer.sent or {}).get(to, 0) + 1
    sent = replace(peer, sent={**(peer.sent or {}), to: number})
    return sent, Send(ActorId("peer", to), Token(peer.key, number, circle, stride, steps))


REACTIONS = {
    Begin: on_begin,
    Token: on_token,
    Note: on_note,
    Halt: on_halt,
    Question: on_question,
    Stumble: on_stumble,
}
LANES = (Lane.CONTROL, Lane.NORMAL)

PEER = Behavior("peer", Peer, Peer, REACTIONS, max_attempts=2)
SOLDIER = Behavior("soldier", Peer, Peer, REACTIONS, on_failure=FailurePolicy.SUSPEND, max_attempts=2)

AGENTS = (
    AgentSpec(PEER, sends_to=("peer",), lanes=LANES, is_journaled=False),
    AgentSpec(SOLDIER, sends_to=("peer",), lanes=LANES, is_journaled=False),
)

ASK_TIMEOUT = timedelta(seconds=20)
