"""Each rule of OTP's documentation, in its own words, with what it leads to here.

Sources: the supervisor manual page (stdlib/supervisor.erl) and "Supervisor Behaviour" of the OTP Design Principles.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from lambdas.actors.supervision.messages import BRUTAL_KILL, ChildSpec
from lambdas.actors.supervision.strategies import AutoShutdown, RestartType, Strategy
from tests.unit.actors.supervision.family import NOON, Family

A, B, C = "child/a", "child/b", "child/c"
PERMANENT, TRANSIENT, TEMPORARY = RestartType
CRASH = "crash: out of luck"
Trace = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rule:
    sentence: str
    children: tuple[ChildSpec, ...]
    exits: tuple[tuple[int, str, str], ...]
    """Seconds since noon, child, reason."""
    then: Trace
    """What happens after the children have been started for the first time."""
    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: int = 1
    period_seconds: int = 5
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    stubborn: tuple[str, ...] = ()


def all_of(restart: RestartType = PERMANENT) -> tuple[ChildSpec, ...]:
    return tuple(ChildSpec(child, restart) for child in (A, B, C))


def significant(child: str, restart: RestartType = TRANSIENT) -> ChildSpec:
    return ChildSpec(child, restart, is_significant=True)


def started(*children: str) -> Trace:
    return tuple(("start", child) for child in children)


def stopped(*children: str) -> Trace:
    return tuple(("stop", child) for child in children)


LEFT: Trace = (("exit", "shutdown"),)
GIVEN_UP = (*stopped(C, B), *LEFT)

RULES = (
    Rule("If a child process terminates, only that process is restarted.", all_of(), ((0, B, CRASH),), started(B)),
    Rule(
        "If a child process terminates, all other child processes are terminated, and then all child processes,"
        " including the terminated one, are restarted.",
        all_of(),
        ((0, B, CRASH),),
        (*stopped(C, A), *started(A, B, C)),
        strategy=Strategy.ONE_FOR_ALL,
    ),
    Rule(
        "If a child process terminates, the rest of the child processes (that is, the child processes after the"
        " terminated process in start order) are terminated. Then the terminated child process and the rest of the"
        " child processes are restarted.",
        all_of(),
        ((0, B, CRASH),),
        (*stopped(C), *started(B, C)),
        strategy=Strategy.REST_FOR_ONE,
    ),
    Rule("A permanent child process is always restarted.", all_of(), ((0, A, "normal"),), started(A)),
    Rule("A temporary child process is never restarted.", all_of(TEMPORARY), ((0, A, CRASH),), ()),
    Rule(
        "A temporary child process is never restarted (even when the supervisor's restart strategy is rest_for_one or"
        " one_for_all and a sibling's death causes the temporary process to be terminated).",
        (ChildSpec(A), ChildSpec(B, TEMPORARY), ChildSpec(C)),
        ((0, A, CRASH),),
        (*stopped(C, B), *started(A, C)),
        strategy=Strategy.ONE_FOR_ALL,
    ),
    Rule(
        "A transient child process is restarted only if it terminates abnormally.",
        all_of(TRANSIENT),
        ((0, A, CRASH),),
        started(A),
    ),
    *(
        Rule(
            "... that is, with another exit reason than normal, shutdown, or {shutdown,Term}.",
            all_of(TRANSIENT),
            ((0, A, reason),),
            (),
        )
        for reason in ("normal", "shutdown", "shutdown: its work is done")
    ),
    Rule(
        "If more than MaxR number of restarts occur in the last MaxT seconds, the supervisor terminates all the child"
        " processes and then itself. The termination reason for the supervisor itself in that case will be shutdown.",
        all_of(),
        ((0, A, CRASH), (1, A, CRASH)),
        (*started(A), *GIVEN_UP),
    ),
    Rule(
        "R >= Threshold: a restart of exactly MaxT seconds ago still counts.",
        all_of(),
        ((0, A, CRASH), (5, A, CRASH)),
        (*started(A), *GIVEN_UP),
    ),
    Rule(
        "R >= Threshold: an older one does not.", all_of(), ((0, A, CRASH), (6, A, CRASH)), (*started(A), *started(A))
    ),
    Rule(
        "CurI =< I: as many restarts as MaxR are allowed at once.",
        all_of(),
        ((0, A, CRASH), (0, B, CRASH), (0, C, CRASH)),
        started(A, B, C),
        intensity=3,
    ),
    Rule("Intensity 0 allows no restart.", all_of(), ((0, A, CRASH),), GIVEN_UP, intensity=0),
    Rule(
        "Only restarts count: an exit without one does not.",
        (ChildSpec(A, TRANSIENT), ChildSpec(B, TEMPORARY), ChildSpec(C)),
        ((0, A, "normal"), (0, B, CRASH), (0, C, CRASH)),
        started(C),
    ),
    Rule(
        "any_significant: the supervisor will automatically shut itself down when any significant child terminates,"
        " that is, when a transient significant child terminates normally.",
        (ChildSpec(A), significant(B), significant(C)),
        ((0, B, "normal"),),
        (*stopped(C, A), *LEFT),
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
    ),
    Rule(
        "... or when a temporary significant child terminates normally or abnormally.",
        (ChildSpec(A), significant(B, TEMPORARY)),
        ((0, B, CRASH),),
        (*stopped(A), *LEFT),
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
    ),
    Rule(
        "all_significant: the supervisor will shut itself down when the last active significant child terminates.",
        (significant(A), ChildSpec(B), significant(C)),
        ((0, C, "normal"), (0, A, "normal")),
        (*stopped(B), *LEFT),
        auto_shutdown=AutoShutdown.ALL_SIGNIFICANT,
    ),
    Rule(
        "The automatic shutdown facility only applies when significant children terminate by themselves; neither the"
        " termination of a child as a consequence of a sibling's death will trigger an automatic shutdown.",
        (ChildSpec(A), significant(B, TEMPORARY)),
        ((0, A, CRASH),),
        (*stopped(B), *started(A)),
        strategy=Strategy.ONE_FOR_ALL,
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
    ),
    Rule(
        "brutal_kill means that the child process is unconditionally terminated.",
        (ChildSpec(A), ChildSpec(B, shutdown=BRUTAL_KILL)),
        ((0, A, CRASH),),
        (("kill", B), *started(A, B)),
        strategy=Strategy.ONE_FOR_ALL,
    ),
    Rule(
        "If no exit signal is received within the specified number of milliseconds, the child process is"
        " unconditionally terminated.",
        (ChildSpec(A), ChildSpec(B)),
        ((0, A, CRASH),),
        (*stopped(B), ("kill", B), *started(A, B)),
        strategy=Strategy.ONE_FOR_ALL,
        stubborn=(B,),
    ),
    Rule(
        "infinity gives the subtree ample time to shut down.",
        (ChildSpec(A), ChildSpec(B, shutdown=None)),
        ((0, A, CRASH),),
        (*stopped(B), *started(A, B)),
        strategy=Strategy.ONE_FOR_ALL,
        stubborn=(B,),
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=[f"{n}-{rule.sentence[:60]}" for n, rule in enumerate(RULES)])
def test_a_written_rule_holds(rule):
    family = Family(stubborn=rule.stubborn).start(
        *rule.children,
        strategy=rule.strategy,
        intensity=rule.intensity,
        period_seconds=rule.period_seconds,
        auto_shutdown=rule.auto_shutdown,
    )
    assert family.trace == list(started(*(spec.child for spec in rule.children))), "started in the order of the list"
    family.trace.clear()

    for seconds, child, reason in rule.exits:
        family.now = NOON + timedelta(seconds=seconds)
        family.exit(child, reason)

    assert tuple(family.trace) == rule.then


TABLE = {
    # restart type: whether a child that exits so is restarted
    PERMANENT: {"normal": True, "shutdown": True, "shutdown: why": True, CRASH: True, "killed": True},
    TRANSIENT: {"normal": False, "shutdown": False, "shutdown: why": False, CRASH: True, "killed": True},
    TEMPORARY: {"normal": False, "shutdown": False, "shutdown: why": False, CRASH: False, "killed": False},
}
TRACES = {
    # strategy: what follows from the restart of b between two permanent siblings
    Strategy.ONE_FOR_ONE: started(B),
    Strategy.ONE_FOR_ALL: (*stopped(C, A), *started(A, B, C)),
    Strategy.REST_FOR_ONE: (*stopped(C), *started(B, C)),
}


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize(
    ("restart", "reason"), [(restart, reason) for restart, reasons in TABLE.items() for reason in reasons]
)
def test_every_strategy_restart_type_and_reason_leads_to_its_trace(strategy, restart, reason):
    family = Family().start(ChildSpec(A), ChildSpec(B, restart), ChildSpec(C), strategy=strategy)
    family.trace.clear()

    family.exit(B, reason)

    assert tuple(family.trace) == (TRACES[strategy] if TABLE[restart][reason] else ())
    assert (family.state.child(B) is None) == (restart is TEMPORARY), "a temporary child that has ended is forgotten"
