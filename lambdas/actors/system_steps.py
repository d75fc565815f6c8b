"""What the runtime does when it is told something itself: suspend, resume, reset, start and stop an agent."""

from typing import Any, assert_never

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentStatus, Holding
from lambdas.actors.codec import encode_message
from lambdas.actors.draft import Draft
from lambdas.actors.effect_steps import exited, stop
from lambdas.actors.letters import refuse_asker, suspend
from lambdas.actors.outbox import LetterWindow
from lambdas.actors.supervision.messages import ChildStarted
from lambdas.actors.system_messages import Reset, Resume, StartChild, StopChild, Suspend
from lambdas.actors.turn_inputs import Begun

REPLAY_WINDOW = 10
"""Held messages that an agent asks to get back at one time."""


def obey(draft: Draft[Any], message: Suspend | Resume | Reset | StartChild | StopChild) -> None:
    """Do what an operator or a supervisor says; repeats and what is out of date change nothing."""
    match message:
        case Suspend(reason):
            if draft.status in {AgentStatus.RUNNING, AgentStatus.RESUMING}:
                suspend(draft, reason)
        case Resume():
            if draft.status is not AgentStatus.RUNNING:
                go_on(draft)
        case Reset(reason):
            begin_anew(draft, f"reset: {reason}")
            go_on(draft)
        case StartChild(supervisor, incarnation):
            _start(draft, supervisor, incarnation)
        case StopChild(supervisor, incarnation):
            _stop(draft, supervisor, incarnation)
        case _:
            assert_never(message)


def go_on(draft: Draft[Any]) -> None:
    """Handle messages again: first those that were held, in order."""
    draft.status_reason = ""
    holding = draft.holding
    if holding.replayed == holding.held:
        draft.status = AgentStatus.RUNNING
        return
    draft.status = AgentStatus.RESUMING
    ask_for_held(draft)


def ask_for_held(draft: Draft[Any]) -> None:
    """Ask for the next held messages; asking again is harmless, since they are numbered."""
    holding = draft.holding
    last = min(holding.replayed + REPLAY_WINDOW, holding.held)
    draft.replays.append(LetterWindow(draft.context.loaded.agent, holding.replayed + 1, last))
    draft.holding = Holding(holding.held, holding.replayed, last)


def held_handled(draft: Draft[Any]) -> None:
    """Count a held message as handled, and go on with the next or, after the last, with new ones."""
    holding = draft.holding
    draft.holding = Holding(holding.held, holding.replayed + 1, holding.asked)
    if draft.status is not AgentStatus.RESUMING:
        return
    if draft.holding.replayed == draft.holding.held:
        draft.status = AgentStatus.RUNNING
    elif draft.holding.replayed >= draft.holding.asked:
        ask_for_held(draft)


def begin_anew(draft: Draft[Any], reason: str, incarnation: int | None = None) -> None:
    """Begin another incarnation; who still waits for an answer of the old one is told so."""
    for waiting in [reply_to for held in draft.held_replies.values() for reply_to in held]:
        refuse_asker(draft, waiting, reason)
    draft.held_replies = {}
    draft.begin_anew()
    if incarnation is not None:
        draft.incarnation = incarnation
    draft.note_input(Begun(draft.incarnation))


def _start(draft: Draft[Any], supervisor: str, incarnation: int) -> None:
    """Start an incarnation; a repeat of the last start is answered again, an older one is dropped."""
    is_repeat = incarnation == draft.incarnation and draft.status is not AgentStatus.STOPPED
    if incarnation < draft.incarnation or (incarnation == draft.incarnation and not is_repeat):
        return
    address = ActorId.parse(supervisor)
    kind = draft.context.kind
    kind.reach.check_sending(kind.behavior.kind, address.kind)
    draft.supervisor = supervisor
    if not is_repeat:
        begin_anew(draft, "restarted by its supervisor", incarnation)
        go_on(draft)
    started = ChildStarted(str(draft.context.loaded.agent), incarnation)
    draft.sends.setdefault((address, "normal"), []).append(encode_message(started))


def _stop(draft: Draft[Any], supervisor: str, incarnation: int) -> None:
    """End an incarnation; one that is over already is not ended again."""
    if incarnation != draft.incarnation or draft.status is AgentStatus.STOPPED:
        return
    told = exited(draft, supervisor, "shutdown")
    draft.supervisor = supervisor
    for waiting in [reply_to for held in draft.held_replies.values() for reply_to in held]:
        refuse_asker(draft, waiting, "stopped by its supervisor")
    draft.held_replies = {}
    stop(draft, told, "shutdown")
