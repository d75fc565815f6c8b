"""What the runtime does when it is told something itself: suspend, resume, reset, start and stop an agent."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.dead_letters import Decision, LetterStatus, SettledLetter
from lambdas.actors.draft import Draft
from lambdas.actors.incarnations import begin_anew, start_child, stop_child
from lambdas.actors.letters import suspend
from lambdas.actors.outbox import LetterWindow
from lambdas.actors.system_messages import DropHeld, Reset, Resume, StartChild, StopChild, Suspend

REPLAY_WINDOW = 10
"""Held messages that an agent asks to get back at one time."""

BY_ITSELF = "agent"
HANDLED = "handled in its turn after the agent was resumed"
"""Who settles a held message that was handled, and why."""


def obey(draft: Draft[Any], message: Suspend | Resume | Reset | DropHeld | StartChild | StopChild) -> None:
    """Do what an operator or a supervisor says; repeats and what is out of date change nothing."""
    _OBEYED[type(message)](draft, message)


def _suspend(draft: Draft[Any], message: Suspend) -> None:
    if draft.status in {AgentStatus.RUNNING, AgentStatus.RESUMING}:
        suspend(draft, message.reason)


def _resume(draft: Draft[Any], _message: Resume) -> None:
    if draft.status is not AgentStatus.RUNNING:
        go_on(draft)


def _reset(draft: Draft[Any], message: Reset) -> None:
    begin_anew(draft, f"reset: {message.reason}")
    go_on(draft)


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
    first, last = holding.replayed + 1, min(holding.replayed + REPLAY_WINDOW, holding.held)
    dropped = tuple(number for number in holding.dropped if first <= number <= last)
    draft.replays.append(LetterWindow(draft.context.loaded.agent, first, last, dropped))
    draft.holding = replace(holding, asked=last)


def held_handled(draft: Draft[Any]) -> None:
    """Count a held message as handled, and go on with the next or, after the last, with new ones."""
    number = draft.holding.replayed + 1
    if number not in draft.holding.dropped:
        _settle(draft, number, Decision(LetterStatus.REPLAYED, BY_ITSELF, HANDLED, draft.context.now))
    left = tuple(other for other in draft.holding.dropped if other != number)
    draft.holding = replace(draft.holding, replayed=number, dropped=left)
    if draft.status is not AgentStatus.RESUMING:
        return
    if draft.holding.replayed == draft.holding.held:
        draft.status = AgentStatus.RUNNING
    elif draft.holding.replayed >= draft.holding.asked:
        ask_for_held(draft)


def _drop_held(draft: Draft[Any], message: DropHeld) -> None:
    """Leave a held message out, unless it was handled before; what was said first stays."""
    holding, number = draft.holding, message.number
    if not holding.replayed < number <= holding.held or number in holding.dropped:
        return
    draft.holding = replace(holding, dropped=(*holding.dropped, number))
    _settle(draft, number, Decision(LetterStatus.DROPPED, message.by, message.because, draft.context.now))


def _settle(draft: Draft[Any], number: int, decision: Decision) -> None:
    draft.settled.append(SettledLetter(str(draft.context.loaded.agent), number, decision))


def _start(draft: Draft[Any], message: StartChild) -> None:
    if start_child(draft, message):
        go_on(draft)


_OBEYED: Mapping[type, Callable[[Draft[Any], Any], None]] = {
    Suspend: _suspend,
    Resume: _resume,
    Reset: _reset,
    DropHeld: _drop_held,
    StartChild: _start,
    StopChild: stop_child,
}
