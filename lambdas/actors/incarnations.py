"""How an incarnation of an agent begins and ends, and what its supervisor is told of it."""

from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.codec import encode_message
from lambdas.actors.draft import Draft
from lambdas.actors.effect_steps import exited, stop
from lambdas.actors.letters import refuse_asker
from lambdas.actors.supervision.messages import ChildStarted
from lambdas.actors.system_messages import StartChild, StopChild
from lambdas.actors.turn_inputs import Begun


def begin_anew(draft: Draft[Any], reason: str, incarnation: int | None = None) -> None:
    """Begin another incarnation; who still waits for an answer of the old one is told so."""
    _refuse_held(draft, reason)
    draft.begin_anew()
    if incarnation is not None:
        draft.incarnation = incarnation
    elif draft.supervisor and ActorId.parse(draft.supervisor).kind in draft.context.kind.reach.sends_to:
        _say_started(draft)
    draft.note_input(Begun(draft.incarnation))


def start_child(draft: Draft[Any], message: StartChild) -> bool:
    """Start an incarnation, and answer whether one began; a repeat of the last start is only said again.

    An agent that is past the number named, because others started it before, begins the next one and says so: a
    supervisor that began anew itself cannot know the numbers of its children.
    """
    is_repeat = message.incarnation == draft.incarnation and draft.status is not AgentStatus.STOPPED
    kind = draft.context.kind
    kind.reach.check_sending(kind.behavior.kind, ActorId.parse(message.supervisor).kind)
    draft.supervisor = message.supervisor
    if not is_repeat:
        begin_anew(draft, "restarted by its supervisor", max(message.incarnation, draft.incarnation + 1))
    _say_started(draft)
    return not is_repeat


def stop_child(draft: Draft[Any], message: StopChild) -> None:
    """End an incarnation; one that is over already is not ended again."""
    if message.incarnation != draft.incarnation or draft.status is AgentStatus.STOPPED:
        return
    told = exited(draft, message.supervisor, "shutdown")
    draft.supervisor = message.supervisor
    _refuse_held(draft, "stopped by its supervisor")
    stop(draft, told, "shutdown")


def crash(draft: Draft[Any], reason: str) -> bool:
    """End an incarnation that failed and let its supervisor decide; false when it has none.

    Raises OutOfReachError when its kind is not registered to tell its supervisor.
    """
    if not draft.supervisor:
        return False
    told = exited(draft, draft.supervisor, f"crash: {reason}")
    _refuse_held(draft, f"crashed: {reason}")
    stop(draft, told, f"crash: {reason}")
    return True


def _refuse_held(draft: Draft[Any], reason: str) -> None:
    for waiting in [reply_to for held in draft.held_replies.values() for reply_to in held]:
        refuse_asker(draft, waiting, reason)
    draft.held_replies = {}


def _say_started(draft: Draft[Any]) -> None:
    """Tell the supervisor which incarnation runs, so that it knows the next exit for one of a child of its own."""
    started = ChildStarted(str(draft.context.loaded.agent), draft.incarnation)
    draft.sends.setdefault((ActorId.parse(draft.supervisor), "normal"), []).append(encode_message(started))
