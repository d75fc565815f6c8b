"""The rules of Erlang/OTP's ``supervisor`` as a synchronous model: stdlib's supervisor.erl, function by function.

Children are in start order here, where supervisor.erl keeps them reversed; ``pid`` becomes ``is_alive``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile

from lambdas.actors.supervision.messages import BRUTAL_KILL, ChildSpec
from lambdas.actors.supervision.strategies import AutoShutdown, RestartType, Strategy

Traced = tuple[str, str]


@dataclass
class Process:
    spec: ChildSpec
    is_alive: bool = False
    is_restarting: bool = False

    @property
    def is_temporary(self) -> bool:
        return self.spec.restart is RestartType.TEMPORARY


@dataclass
class OtpSupervisor:
    """``starts`` says of each attempt whether it succeeds, ``stubborn`` which children ignore a shutdown."""

    strategy: Strategy
    intensity: int
    period: int
    auto_shutdown: AutoShutdown
    starts: Callable[[], bool]
    stubborn: frozenset[str] = frozenset()
    children: list[Process] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    trace: list[Traced] = field(default_factory=list)
    has_left: bool = False
    casts: list[str] = field(default_factory=list)

    def init(self, specs):
        self.children = [Process(spec) for spec in specs]
        if self.start_children(self.children) is not None:
            self.leave("crash")

    def info_exit(self, child, reason, now):
        """``handle_info({'EXIT', Pid, Reason}, State)``"""
        process = self.find(child)
        if process is None or not process.is_alive or self.has_left:
            return
        process.is_alive = False
        if self.do_restart(reason, process, now) == "shutdown":
            self.leave("shutdown")
        self.run_casts(now)

    def run_casts(self, now):
        """``handle_cast({try_again_restart, Id}, State)``"""
        while self.casts and not self.has_left:
            process = self.find(self.casts.pop(0))
            if process is not None and process.is_restarting and self.restart(process, now) == "shutdown":
                self.leave("shutdown")

    def do_restart(self, reason, process, now):
        if process.spec.restart is RestartType.PERMANENT:
            return self.restart(process, now)
        if reason in ("normal", "shutdown") or reason.startswith("shutdown:"):
            self.del_child(process)
            return self.do_auto_shutdown(process)
        if process.spec.restart is RestartType.TRANSIENT:
            return self.restart(process, now)
        self.del_child(process)
        return self.do_auto_shutdown(process)

    def do_auto_shutdown(self, process):
        if self.auto_shutdown is AutoShutdown.NEVER or not process.spec.is_significant:
            return "ok"
        if self.auto_shutdown is AutoShutdown.ANY_SIGNIFICANT:
            return "shutdown"
        has_active = any((c.is_alive or c.is_restarting) and c.spec.is_significant for c in self.children)
        return "ok" if has_active else "shutdown"

    def restart(self, process, now):
        self.restarts = add_restart(self.restarts, now, self.period)
        if len(self.restarts) > self.intensity:
            self.del_child(process)
            return "shutdown"
        match self.strategy:
            case Strategy.ONE_FOR_ONE:
                if not self.do_start_child(process):
                    process.is_restarting = True
                    self.casts.append(process.spec.child)
            case Strategy.REST_FOR_ONE:
                place = self.children.index(process)
                before, after = self.children[:place], self.children[place:]
                process.is_alive = process.is_restarting = False
                self.children = before + self.restart_multiple_children(after)
            case Strategy.ONE_FOR_ALL:
                process.is_alive = process.is_restarting = False
                self.children = self.restart_multiple_children(self.children)
        return "ok"

    def restart_multiple_children(self, children):
        kept = self.terminate_children(children)
        failed = self.start_children(kept)
        if failed is not None:
            failed.is_restarting = True
            self.casts.append(failed.spec.child)
        return kept

    def start_children(self, children):
        for process in children:
            if not self.do_start_child(process):
                return process
        return None

    def do_start_child(self, process):
        self.trace.append(("start", process.spec.child))
        process.is_alive = self.starts()
        process.is_restarting = False
        return process.is_alive

    def terminate_children(self, children):
        for process in reversed(children):
            self.do_terminate(process)
        return [process for process in children if not process.is_temporary]

    def do_terminate(self, process):
        child, shutdown = process.spec.child, process.spec.shutdown
        if process.is_alive:
            is_patient = shutdown is None or child not in self.stubborn
            self.trace += [("kill", child)] if shutdown == BRUTAL_KILL else [("stop", child)]
            self.trace += [] if is_patient or shutdown == BRUTAL_KILL else [("kill", child)]
        process.is_alive = process.is_restarting = False

    def terminate_child(self, child):
        process = self.find(child)
        if process is None:
            return "refused"
        self.do_terminate(process)
        if process.is_temporary:
            self.children.remove(process)
        return "ok"

    def restart_child(self, child):
        process = self.find(child)
        if process is None or process.is_alive or process.is_restarting:
            return "refused"
        return "ok" if self.do_start_child(process) else "refused"

    def delete_child(self, child):
        process = self.find(child)
        if process is None or process.is_alive or process.is_restarting:
            return "refused"
        self.children.remove(process)
        return "ok"

    def start_child(self, spec):
        if self.find(spec.child) is not None:
            return "refused"
        process = Process(spec)
        if not self.do_start_child(process):
            return "refused"
        self.children.append(process)
        return "ok"

    def del_child(self, process):
        process.is_alive = process.is_restarting = False
        if process.is_temporary:
            self.children.remove(process)

    def leave(self, reason):
        """``terminate/2``, then the supervisor's own end."""
        self.terminate_children(self.children)
        self.trace.append(("exit", reason))
        self.has_left = True

    def find(self, child):
        return next((process for process in self.children if process.spec.child == child), None)


def add_restart(restarts, now, period):
    """``add_restart/3``"""
    threshold = now - period
    return [now, *takewhile(lambda r: r >= threshold, restarts)]
