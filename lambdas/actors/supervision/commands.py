"""What becomes of somebody's wish concerning one child: what OTP's ``supervisor`` answers to the same call."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from lambdas.actors.supervision.checks import SupervisionError, check_tree
from lambdas.actors.supervision.messages import ChildSpec, StartSupervisor
from lambdas.actors.supervision.state import (
    Adding,
    Child,
    ChildStatus,
    Command,
    Deleting,
    Reviving,
    Start,
    StartPurpose,
    Stop,
    Supervisor,
    Tell,
    Terminating,
)


def commanded(supervisor: Supervisor, command: Command) -> Supervisor:
    """Decide what to do about a command; whoever gave it is told the outcome."""
    match command:
        case Adding(spec=spec):
            return _added(supervisor, spec)
        case Terminating(child=address):
            return supervisor.with_steps(Stop(address), _tell(supervisor, "terminate", address))
        case Reviving(child=address):
            tell = _tell(supervisor, "revive", address, _ended_only)
            return supervisor.with_steps(*(() if tell.refusal else (Start(address, StartPurpose.REVIVE),)), tell)
        case Deleting(child=address):
            tell = _tell(supervisor, "delete", address, _ended_only)
            return (supervisor if tell.refusal else supervisor.without(address)).with_steps(tell)
        case _:
            assert_never(command)


def _added(supervisor: Supervisor, spec: ChildSpec) -> Supervisor:
    promise = f"add {spec.child}"
    specs = (*(child.spec for child in supervisor.children), spec)
    try:
        check_tree(supervisor.address, StartSupervisor(specs, auto_shutdown=supervisor.auto_shutdown))
    except SupervisionError as error:
        return supervisor.with_steps(Tell(promise, str(error)))
    grown = replace(supervisor, children=(*supervisor.children, Child(spec)))
    return grown.with_steps(Start(spec.child, StartPurpose.ADD), Tell(promise))


def _tell(supervisor: Supervisor, verb: str, address: str, check: Callable[[Child], str] = lambda _: "") -> Tell:
    """Answer a command for one child: refused when there is no such child, or ``check`` finds a reason."""
    child = supervisor.child(address)
    refusal = f"{supervisor.address} has no child {address!r}" if child is None else check(child)
    return Tell(f"{verb} {address}", refusal)


def _ended_only(child: Child) -> str:
    return "" if child.status is ChildStatus.ENDED else f"{child.address} is {child.status}; terminate it first"
