"""What follows from what happens to a supervisor: which children are to be stopped and started, in which order.

The rules are those of OTP's ``supervisor``; what is theirs is named as it is there.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from lambdas.actors.supervision.commands import commanded
from lambdas.actors.supervision.messages import ChildExited
from lambdas.actors.supervision.restart_intensity import are_too_many, with_restart
from lambdas.actors.supervision.state import (
    Child,
    ChildStatus,
    Exited,
    Leave,
    Occurrence,
    Start,
    StartPurpose,
    Step,
    Stop,
    Stopping,
    Supervisor,
    Tell,
    TryAgain,
)
from lambdas.actors.supervision.strategies import SHUTDOWN, AutoShutdown, RestartType, Strategy, is_abnormal


def taken_up(supervisor: Supervisor, occurrence: Occurrence, now: datetime) -> Supervisor:
    """Decide what to do about something that happened."""
    match occurrence:
        case Exited(exit=exited):
            return _exited(supervisor, exited, now)
        case TryAgain(child=address):
            child = supervisor.child(address)
            is_due = child is not None and child.status is ChildStatus.RESTARTING
            return _restarted(supervisor, child, now) if child is not None and is_due else supervisor
        case Stopping():
            return supervisor.with_steps(*_shutdown_steps(supervisor))
        case _:
            return commanded(supervisor, occurrence)


def after_failed_start(supervisor: Supervisor, child: Child, purpose: StartPurpose, reason: str) -> Supervisor:
    """Decide what to do about a child that ended before it had begun."""
    finding = f"child {child.address} did not start: {reason}"
    ended = supervisor.with_child(replace(child, status=ChildStatus.ENDED))
    match purpose:
        case StartPurpose.INIT:
            stops = _stops(ended.children)
            return ended.with_steps(*stops, Tell("start", finding), Leave(f"crash: {finding}"))
        case StartPurpose.RESTART:
            trying = supervisor.with_child(replace(child, status=ChildStatus.RESTARTING))
            return trying.with_steps().with_waiting(TryAgain(child.address))
        case StartPurpose.ADD:
            return ended.without(child.address).with_steps(Tell(f"add {child.address}", finding))
        case StartPurpose.REVIVE:
            return ended.with_steps(Tell(f"revive {child.address}", finding))
        case _:
            assert_never(purpose)


def _exited(supervisor: Supervisor, exited: ChildExited, now: datetime) -> Supervisor:
    """OTP's ``do_restart``. An exit of an earlier life, or of a child that is forgotten, is late and nothing more."""
    child = supervisor.child(exited.child)
    if child is None or child.status is not ChildStatus.RUNNING or child.incarnation != exited.incarnation:
        return supervisor
    restart = child.spec.restart
    if restart is RestartType.PERMANENT or (restart is RestartType.TRANSIENT and is_abnormal(exited.reason)):
        return _restarted(supervisor, child, now)
    left = supervisor.with_ended(child)
    return left.with_steps(*_shutdown_steps(left)) if _has_done_its_work(left, child) else left


def _has_done_its_work(supervisor: Supervisor, ended: Child) -> bool:
    """OTP's ``do_auto_shutdown``: asked only when a child ended by itself and is not restarted."""
    if not ended.spec.is_significant:
        return False
    match supervisor.auto_shutdown:
        case AutoShutdown.NEVER:
            return False
        case AutoShutdown.ANY_SIGNIFICANT:
            return True
        case AutoShutdown.ALL_SIGNIFICANT:
            return not any(
                child.spec.is_significant and child.status is not ChildStatus.ENDED for child in supervisor.children
            )
        case _:
            assert_never(supervisor.auto_shutdown)


def _restarted(supervisor: Supervisor, child: Child, now: datetime) -> Supervisor:
    """OTP's ``restart``: counted first; one too many ends the supervisor instead."""
    counted = replace(
        supervisor, restarts=with_restart(supervisor.restarts, int(now.timestamp()), supervisor.period_seconds)
    )
    if are_too_many(counted.restarts, counted.intensity):
        given_up = counted.with_ended(child)
        return given_up.with_steps(*_shutdown_steps(given_up))

    dead = counted.with_child(replace(child, status=ChildStatus.ENDED))
    match dead.strategy:
        case Strategy.ONE_FOR_ONE:
            affected: tuple[Child, ...] = tuple(one for one in dead.children if one.address == child.address)
        case Strategy.REST_FOR_ONE:
            addresses = [one.address for one in dead.children]
            affected = dead.children[addresses.index(child.address) :]
        case Strategy.ONE_FOR_ALL:
            affected = dead.children
        case _:
            assert_never(dead.strategy)
    return dead.with_steps(*_stops(affected), *_starts(affected))


def _shutdown_steps(supervisor: Supervisor) -> tuple[Step, ...]:
    return (*_stops(supervisor.children), Leave(SHUTDOWN))


def _stops(children: tuple[Child, ...]) -> tuple[Step, ...]:
    return tuple(Stop(child.address) for child in reversed(children) if child.status is not ChildStatus.ENDED)


def _starts(children: Iterable[Child]) -> tuple[Step, ...]:
    """Start what is not temporary, also what had ended before: so does OTP's ``restart_multiple_children``."""
    return tuple(
        Start(child.address, StartPurpose.RESTART)
        for child in children
        if child.spec.restart is not RestartType.TEMPORARY
    )
