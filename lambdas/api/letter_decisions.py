"""What operators decide on dead letters: have the agent take it after all, or give it up."""

import dataclasses
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from lambdas.actors.actor_id import ActorId
from lambdas.actors.call_outs import call_of, is_call
from lambdas.actors.claims import claim_of
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, LetterKind, LetterStatus, held_number
from lambdas.actors.frames import ClientRequest, Frame
from lambdas.actors.lanes import reachable_lane
from lambdas.actors.marks import REPEATS_END_AFTER
from lambdas.actors.ports import LetterDecidedError, PortUnavailableError
from lambdas.actors.system_messages import DropHeld
from lambdas.api.agent_messages import control_lane
from lambdas.api.errors import ConflictError
from lambdas.api.letter_reading import content_of, messages_of, read_letter
from lambdas.api.message_reading import known_spec
from lambdas.wiring.operator_api import OperatorPorts

DROP_PATIENCE = timedelta(seconds=3)
"""How long a request waits until the agent has left out a held message."""
PAUSE_SECONDS = 0.1


def replay_letter(ports: OperatorPorts, address: str, reason: str, by: str) -> DecidedLetter:
    """Send a parked letter to its agent again, then note that.

    The agent takes it once, however often the request is made: it is sent first, under a key that names the letter,
    and noted after, so that a crash between the two leaves an open letter to be replayed again. The messages are sent
    as new ones: who waited for an answer was told that there is none, and their time may be over.
    """
    decided = _open_letter(ports, address)
    letter = decided.letter
    now = ports.clock()
    if is_call(letter):
        _call_again(ports, letter)
    else:
        _check_replayable(letter)
        ports.mailbox.post(_frame(ports, letter, now), f"letter/{letter.letter_id}")
    return _decide(ports, letter, Decision(LetterStatus.REPLAYED, by, reason, now))


def _call_again(ports: OperatorPorts, letter: DeadLetter) -> None:
    """Hand a call over again under its old key, by which its destination knows it; refused ones too, once mended."""
    if ports.calls.hand_over([call_of(letter)]):
        raise PortUnavailableError(f"the call of letter {letter.letter_id} was not taken; replay it again")


def drop_letter(ports: OperatorPorts, address: str, reason: str, by: str) -> DecidedLetter:
    """Give a letter up; it stays readable for a while, with who did so and why.

    A held one is still open in the answer when its agent has not said so within DROP_PATIENCE.
    """
    letter = _open_letter(ports, address).letter
    if letter.kind is LetterKind.HELD:
        return _drop_held(ports, letter, reason, by)
    return _decide(ports, letter, Decision(LetterStatus.DROPPED, by, reason, ports.clock()))


def _drop_held(ports: OperatorPorts, letter: DeadLetter, reason: str, by: str) -> DecidedLetter:
    """Tell the agent to leave a held message out: only it knows whether it has handled the message meanwhile."""
    agent = ActorId.parse(letter.agent)
    order = encode_message(DropHeld(held_number(letter.letter_id), by, reason))
    lane = control_lane(known_spec(agent.kind))
    ports.mailbox.post(Frame(agent, (order,), to_lane=lane), f"drop/{ports.new_id()}")
    seen = _wait_for_decision(ports, letter)
    if seen.decision is not None and seen.decision.status is not LetterStatus.DROPPED:
        raise _decided_before(letter, seen.decision)
    return seen


def _wait_for_decision(ports: OperatorPorts, letter: DeadLetter) -> DecidedLetter:
    give_up = ports.clock() + DROP_PATIENCE
    while True:
        seen = ports.letters.get(letter.agent, letter.letter_id) or DecidedLetter(letter)
        if seen.decision is not None or ports.clock() >= give_up:
            return seen
        ports.wait(PAUSE_SECONDS)


def _open_letter(ports: OperatorPorts, address: str) -> DecidedLetter:
    decided = read_letter(ports, address)
    if decided.decision is not None:
        raise _decided_before(decided.letter, decided.decision)
    return decided


def _check_replayable(letter: DeadLetter) -> None:
    match letter.kind:
        case LetterKind.PARKED:
            return
        case LetterKind.HELD:
            told = f"letter {letter.letter_id} is held in order with others; it is not replayed singly"
            remedy = (
                f"POST /v1/agents/{letter.agent}/resume has the agent handle all that is held; this one can be dropped."
            )
        case LetterKind.REFUSED:
            told = f"letter {letter.letter_id} was refused ({letter.reason}); no agent can take it"
            remedy = "Drop it, and have its sender send something else."
    raise ConflictError("letter_not_replayable", told, field="address", remedy=remedy)


def _frame(ports: OperatorPorts, letter: DeadLetter, now: datetime) -> Frame:
    """Lay a letter out as its agent takes it; what was too large for the letter travels as a claim again."""
    agent = ActorId.parse(letter.agent)
    messages = _new_messages(ports, letter)
    frame = Frame(
        agent,
        messages,
        to_lane=reachable_lane(letter.lane, known_spec(agent.kind).lanes),
        request=ClientRequest(f"letter/{letter.letter_id}", now + REPEATS_END_AFTER),
    )
    if letter.claim is None:
        return frame
    content = msgspec.json.encode(messages)
    ports.claims.put({claim_of(content): content})
    return dataclasses.replace(frame, messages=(), claim=claim_of(content))


def _new_messages(ports: OperatorPorts, letter: DeadLetter) -> tuple[EncodedMessage, ...]:
    """Read what a letter holds, for nobody's answer and without an end; raises ConflictError when it is lost."""
    messages = messages_of(letter, content_of(ports, letter))
    if messages is None:
        raise ConflictError(
            "letter_not_readable",
            f"letter {letter.letter_id} of {letter.agent} holds no messages that can be read",
            field="address",
            remedy="Drop it, and have its sender send it again.",
        )
    return tuple(replace(message, reply_to="", expires=None) for message in messages)


def _decide(ports: OperatorPorts, letter: DeadLetter, decision: Decision) -> DecidedLetter:
    try:
        ports.letters.decide(letter.agent, letter.letter_id, decision)
    except LetterDecidedError as error:
        standing = ports.letters.get(letter.agent, letter.letter_id)
        if standing is None or standing.decision is None:
            raise ConflictError(
                "letter_decided",
                f"letter {letter.letter_id} is not open any more",
                field="address",
                remedy="Look again.",
            ) from error
        raise _decided_before(letter, standing.decision) from error
    return DecidedLetter(letter, decision)


def _decided_before(letter: DeadLetter, decision: Decision) -> ConflictError:
    told = (
        f"letter {letter.letter_id} of {letter.agent} was {decision.status.value} by {decision.by}"
        f" at {decision.at.isoformat()}: {decision.because}"
    )
    return ConflictError("letter_decided", told, field="address", remedy="A decision stands; nothing is left to do.")
