"""How a supervisor reacts. It is an agent like any other: a crash between two of its steps loses none of them.

Exits are messages, so they come once and in order; a new life of a child has a higher number, so what is heard of an
earlier one changes nothing. Unlike in OTP a child's unhandled messages survive its restart: they wait in its mailbox.
"""

from dataclasses import replace
from datetime import datetime

from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import BreakPromise, Effect, HoldReply, KeepPromise, Reject, Reply
from lambdas.actors.supervision.checks import SupervisionError, check_tree
from lambdas.actors.supervision.decisions import after_failed_start
from lambdas.actors.supervision.messages import (
    ChildExited,
    ChildStarted,
    DeleteChild,
    RestartChild,
    ShutdownTimedOut,
    StartSupervisedChild,
    StartSupervisor,
    StopSupervisor,
    TerminateChild,
)
from lambdas.actors.supervision.state import (
    Adding,
    Child,
    ChildStatus,
    Deleting,
    Exited,
    Occurrence,
    Reviving,
    Start,
    StartPurpose,
    Stop,
    Stopping,
    Supervisor,
    Tell,
    Terminating,
)
from lambdas.actors.supervision.steps import ask_to_end, forget_deadline, kill, proceed, stopped, supervise
from lambdas.actors.turn import Turn


def on_start_supervisor(supervisor: Supervisor, message: StartSupervisor, now: datetime) -> Turn[Supervisor]:
    """Begin to supervise, unless the children are refused or there are some already."""
    if supervisor.is_started:
        return Turn(supervisor, (Reject(f"{supervisor.address} supervises already; stop it first"),))
    try:
        check_tree(supervisor.address, message)
    except SupervisionError as error:
        return Turn(supervisor, (Reject(str(error)),))
    starts = (Start(spec.child, StartPurpose.INIT) for spec in message.children)
    begun = Supervisor(
        supervisor.address,
        is_started=True,
        children=tuple(Child(spec) for spec in message.children),
        strategy=message.strategy,
        intensity=message.intensity,
        period_seconds=message.period_seconds,
        auto_shutdown=message.auto_shutdown,
        steps=(*starts, Tell("start")),
    )
    return _answered(proceed(begun, now), "start")


def on_stop_supervisor(supervisor: Supervisor, _message: StopSupervisor, now: datetime) -> Turn[Supervisor]:
    """End, and all children before."""
    return proceed(supervisor.with_waiting(Stopping()), now)


def on_start_supervised_child(supervisor: Supervisor, message: StartSupervisedChild, now: datetime) -> Turn[Supervisor]:
    """Take one more child."""
    return _commanded(supervisor, f"add {message.spec.child}", Adding(message.spec), now)


def on_terminate_child(supervisor: Supervisor, message: TerminateChild, now: datetime) -> Turn[Supervisor]:
    """Stop one child."""
    return _commanded(supervisor, f"terminate {message.child}", Terminating(message.child), now)


def on_restart_child(supervisor: Supervisor, message: RestartChild, now: datetime) -> Turn[Supervisor]:
    """Start a child that does not run."""
    return _commanded(supervisor, f"revive {message.child}", Reviving(message.child), now)


def on_delete_child(supervisor: Supervisor, message: DeleteChild, now: datetime) -> Turn[Supervisor]:
    """Forget a child that does not run."""
    return _commanded(supervisor, f"delete {message.child}", Deleting(message.child), now)


def on_child_started(supervisor: Supervisor, message: ChildStarted, now: datetime) -> Turn[Supervisor]:
    """Go on with the next child.

    A life may have a higher number than was asked for: the child had others that this supervisor does not know of,
    or began anew on an operator's word. One that was stopped is stopped again: who wants it tells its supervisor.
    """
    child = supervisor.child(message.child)
    if child is None or message.incarnation < child.incarnation:
        return Turn(supervisor)
    known = replace(child, incarnation=message.incarnation)
    match child.status:
        case ChildStatus.STARTING:
            running = supervisor.with_child(replace(known, status=ChildStatus.RUNNING))
            return proceed(running.with_step_done(), now)
        case ChildStatus.STOPPING | ChildStatus.ENDED if known != child:
            return Turn(supervisor.with_child(known), (ask_to_end(supervisor, known),))
        case ChildStatus.RUNNING if known != child:
            return Turn(supervisor.with_child(known), supervise(known))
        case _:
            return Turn(supervisor)


def on_child_exited(supervisor: Supervisor, message: ChildExited, now: datetime) -> Turn[Supervisor]:
    """Take up the end of a child: now, or after what is being done."""
    child = supervisor.child(message.child)
    if child is None or message.incarnation < child.incarnation:
        return Turn(supervisor)
    child = replace(child, incarnation=message.incarnation)
    match child.status:
        case ChildStatus.STOPPING:
            turn = proceed(stopped(supervisor, child), now)
            return Turn(turn.state, (*forget_deadline(child), *turn.effects))
        case ChildStatus.STARTING if isinstance(step := supervisor.steps[0], Start):
            return proceed(after_failed_start(supervisor, child, step.purpose, message.reason), now)
        case ChildStatus.RUNNING if Stop(child.address) in supervisor.steps:
            return Turn(supervisor.with_child(replace(child, status=ChildStatus.ENDED)))
        case ChildStatus.RUNNING:
            return proceed(supervisor.with_child(child).with_waiting(Exited(message)), now)
        case _:
            return Turn(supervisor)


def on_shutdown_timed_out(supervisor: Supervisor, message: ShutdownTimedOut, now: datetime) -> Turn[Supervisor]:
    """Count a child that did not end in its time as killed."""
    child = supervisor.child(message.child)
    is_due = child is not None and child.status is ChildStatus.STOPPING and child.incarnation == message.incarnation
    if child is None or not is_due:
        return Turn(supervisor)
    turn = proceed(stopped(supervisor, child), now)
    return Turn(turn.state, (kill(supervisor, child), *turn.effects))


def _commanded(supervisor: Supervisor, promise: str, wanted: Occurrence, now: datetime) -> Turn[Supervisor]:
    if not supervisor.is_started:
        return Turn(supervisor, (Reject(f"{supervisor.address} supervises nothing; start it first"),))
    return _answered(proceed(supervisor.with_waiting(wanted), now), promise)


def _answered(turn: Turn[Supervisor], promise: str) -> Turn[Supervisor]:
    """Answer who asked: at once when the outcome is known, else when it is."""
    answer: Effect = HoldReply(promise)
    for effect in turn.effects:
        match effect:
            case KeepPromise(name=name) if name == promise:
                answer = Reply(None)
            case BreakPromise(name=name, reason=reason) if name == promise:
                answer = Reject(reason)
            case _:
                continue
    return Turn(turn.state, (answer, *turn.effects))


def supervisor_behavior(kind: str) -> Behavior[Supervisor]:
    """Make a kind of agent whose agents supervise. Its spec must let it send to the kinds of their children."""
    return Behavior(
        kind=kind,
        state_type=Supervisor,
        initial_state=lambda key: Supervisor(f"{kind}/{key}"),
        reactions={
            StartSupervisor: on_start_supervisor,
            StopSupervisor: on_stop_supervisor,
            StartSupervisedChild: on_start_supervised_child,
            TerminateChild: on_terminate_child,
            RestartChild: on_restart_child,
            DeleteChild: on_delete_child,
            ChildStarted: on_child_started,
            ChildExited: on_child_exited,
            ShutdownTimedOut: on_shutdown_timed_out,
        },
    )
