"""The state that a turn's recorded inputs make of the state before it: written without the runtime's own replay."""

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import Answer, EncodedAnswer, Outcome, Rejected, Replied, TimedOut
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.supervision.messages import ChildExited, ChildStarted
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue, Told, ToldByClaim, TurnInput, TurnInputs
from tests.simulation.cast import KINDS, Puppet, on_answer
from tests.simulation.messages import Do, Heard
from tests.simulation.stores import Claims

TYPES = {message_type.__name__: message_type for message_type in (Do, ChildExited, ChildStarted)}


def fold(agent: ActorId, before: str | None, turn: TurnInputs, claims: Claims) -> str:
    """Run the reactions over the inputs; JSON in, JSON out."""
    state = msgspec.json.decode(before, type=Puppet) if before else Puppet(agent.key)
    for made in turn.inputs:
        for one in _in_single_messages(made, claims):
            state = _after(agent, state, one, turn)
    return msgspec.json.encode(state).decode()


def _in_single_messages(made: TurnInput, claims: Claims) -> list[TurnInput]:
    if not isinstance(made, ToldByClaim):
        return [made]
    messages = msgspec.json.decode(claims.kept[made.claim], type=list[EncodedMessage])
    return [Told(message.type, message.data) for message in messages[made.first : made.first + made.count]]


def _after(agent: ActorId, state: Puppet, made: TurnInput, turn: TurnInputs) -> Puppet:
    match made:
        case Told(type_name, data) | TimerDue(_, type_name, data):
            message = msgspec.json.decode(data, type=TYPES[type_name])
            return KINDS[agent.kind].react(state, message, turn.now).state
        case Answered(_, answer):
            return on_answer(state, _answer(answer), turn.now).state
        case Begun():
            return Puppet(agent.key)
        case _:
            raise AssertionError(f"{made} is not a single input")


def _answer(answer: EncodedAnswer) -> Answer:
    match answer.outcome:
        case Outcome.REPLIED:
            return Replied(msgspec.json.decode(answer.value, type=Heard | None))
        case Outcome.REJECTED:
            return Rejected(answer.reason)
        case Outcome.TIMED_OUT:
            return TimedOut()
