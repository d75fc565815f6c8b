"""Carries out what a supervisor has decided: one step after another, each once the one before has ended."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from lambdas.actors.actor_id import ActorId
from lambdas.actors.effects import BreakPromise, CancelReminder, Effect, Exit, KeepPromise, Remind, Send
from lambdas.actors.lanes import Lane
from lambdas.actors.supervision.decisions import taken_up
from lambdas.actors.supervision.messages import BRUTAL_KILL, ShutdownTimedOut, StopSupervisor
from lambdas.actors.supervision.state import Child, ChildStatus, Leave, Start, Stop, Supervisor, Tell
from lambdas.actors.system_messages import StartChild, StopChild
from lambdas.actors.turn import Turn

_Taken = tuple[Supervisor, tuple[Effect, ...]]


def proceed(supervisor: Supervisor, now: datetime) -> Turn[Supervisor]:
    """Do what can be done before a child has to say something."""
    effects: tuple[Effect, ...] = ()
    while (supervisor.steps or supervisor.waiting) and not supervisor.awaits_a_child:
        if supervisor.steps:
            supervisor, caused = _taken(supervisor, now)
            effects += caused
        else:
            first, *later = supervisor.waiting
            supervisor = taken_up(replace(supervisor, waiting=tuple(later)), first, now)
    return Turn(supervisor, effects)


def deadline(child: Child) -> str:
    """Name the reminder that ends the patience with a child that was told to stop."""
    return f"shutdown {child.address}"


def kill(supervisor: Supervisor, child: Child) -> Send:
    """End a life without waiting: whatever is heard of this incarnation from now on is late."""
    return _to(child, StopChild(supervisor.address, child.incarnation))


def ask_to_end(supervisor: Supervisor, child: Child) -> Send:
    """Tell a child to end; one that supervises others stops those first."""
    return kill(supervisor, child) if child.spec.subtree is None else _to(child, StopSupervisor())


def supervise(child: Child) -> tuple[Effect, ...]:
    """Tell a child that is a supervisor what it has to supervise in this life."""
    return () if child.spec.subtree is None else (_to(child, child.spec.subtree),)


def _taken(supervisor: Supervisor, now: datetime) -> _Taken:
    match supervisor.steps[0]:
        case Stop(child=address):
            return _stop(supervisor, supervisor.child(address), now)
        case Start(child=address):
            return _start(supervisor, supervisor.child(address))
        case Tell(promise=promise, refusal=refusal):
            told = BreakPromise(promise, refusal) if refusal else KeepPromise(promise, None)
            return supervisor.with_step_done(), (told,)
        case Leave(reason=reason):
            return Supervisor(supervisor.address), (Exit(reason),)
        case step:
            assert_never(step)


def _stop(supervisor: Supervisor, child: Child | None, now: datetime) -> _Taken:
    """Tell a child to end; one that must be killed, or does not run, needs no waiting for."""
    if child is None:
        return supervisor.with_step_done(), ()
    if child.status is not ChildStatus.RUNNING:
        return supervisor.with_ended(child).with_step_done(), ()
    if child.spec.shutdown == BRUTAL_KILL:
        return supervisor.with_ended(child).with_step_done(), (kill(supervisor, child),)

    effects: tuple[Effect, ...] = (ask_to_end(supervisor, child),)
    if child.spec.shutdown is not None:
        due = ShutdownTimedOut(child.address, child.incarnation)
        effects = (*effects, Remind(deadline(child), now + child.spec.shutdown, due))
    return supervisor.with_child(replace(child, status=ChildStatus.STOPPING)), effects


def _start(supervisor: Supervisor, child: Child | None) -> _Taken:
    """Tell a child to begin its next life."""
    if child is None:
        return supervisor.with_step_done(), ()
    begun = replace(child, incarnation=child.incarnation + 1, status=ChildStatus.STARTING)
    start = _to(child, StartChild(supervisor.address, begun.incarnation))
    return supervisor.with_child(begun), (start, *supervise(child))


def stopped(supervisor: Supervisor, child: Child) -> Supervisor:
    """Note that the child that was told to stop has ended, or has run out of time."""
    return supervisor.with_ended(child).with_step_done()


def forget_deadline(child: Child) -> tuple[Effect, ...]:
    """Stop counting the time of a child that has ended."""
    return () if child.spec.shutdown is None else (CancelReminder(deadline(child)),)


def _to(child: Child, message: object) -> Send:
    return Send(ActorId.parse(child.address), message, Lane.CONTROL)
