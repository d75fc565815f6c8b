"""How the analyst of a ring reacts: it lets batches in, watches their outcomes, and judges the ring once."""

from dataclasses import asdict, replace
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import CancelReminder, CompleteTask, Effect, Remind, Send
from lambdas.actors.lanes import Lane
from lambdas.actors.turn import Turn
from lambdas.agents.batch.messages import HaltBatch, ProceedBatch
from lambdas.agents.deployment.messages import RingJudged
from lambdas.agents.ring_analyst.messages import (
    BakeEnded,
    BatchClosed,
    BatchOpened,
    HaltRing,
    JudgeRing,
    OpenRing,
    OutcomesReported,
    PauseRing,
    ResumeRing,
)
from lambdas.agents.ring_analyst.state import RingVerdict, RingWatch
from lambdas.fleet.health_gates.catalog import judge
from lambdas.fleet.verdicts import Judgement

BAKE = "bake"

HALT_REASON_LIMIT_BYTES = 400
"""Of the finding that each batch is told at a halt: all of them are told in one turn, which must fit into one item."""


def on_open_ring(watch: RingWatch, message: OpenRing, _now: datetime) -> Turn[RingWatch]:
    """Begin to watch; batches that came before this word are let in now."""
    if watch.is_open:
        return Turn(watch)
    opened = replace(
        watch,
        is_open=True,
        deployment_id=message.deployment_id,
        ring=message.ring,
        devices=message.devices,
        batches=message.batches,
        policy=message.policy,
    )
    return _let_in(opened)


def on_batch_opened(watch: RingWatch, message: BatchOpened, _now: datetime) -> Turn[RingWatch]:
    """Let the batch offer the release, have it wait for room, or turn it away from a halted ring."""
    if watch.verdict.is_bad:
        turned_away = HaltBatch(_shortened(watch.finding))
        return Turn(watch, (Send(ActorId.parse(message.batch), turned_away, Lane.CONTROL),))
    if message.batch in (*watch.open_batches, *watch.waiting_batches):
        return Turn(watch)
    return _let_in(replace(watch, waiting_batches=(*watch.waiting_batches, message.batch)))


def on_outcomes_reported(watch: RingWatch, message: OutcomesReported, _now: datetime) -> Turn[RingWatch]:
    """Judge at every report, so that a bad release is halted at the outcome that shows it."""
    seen = replace(watch, outcomes=watch.outcomes + message.change)
    if seen.verdict is not RingVerdict.OPEN or not seen.is_open:
        return Turn(seen)
    verdict = judge(seen.health, seen.policy)
    if verdict.judgement is not Judgement.FAILED:
        return Turn(seen)
    return _halted(seen, RingVerdict.FAILED, verdict.finding)


def on_batch_closed(watch: RingWatch, message: BatchClosed, _now: datetime) -> Turn[RingWatch]:
    """Make room for the next batch."""
    rest = tuple(batch for batch in watch.open_batches if batch != message.batch)
    return _let_in(replace(watch, open_batches=rest))


def on_judge_ring(watch: RingWatch, message: JudgeRing, now: datetime) -> Turn[RingWatch]:
    """Answer at once when the ring is judged already, else after its bake time."""
    asked = replace(watch, task_token=message.task_token)
    if asked.verdict is not RingVerdict.OPEN:
        return Turn(asked, (_answer(asked),))
    return Turn(asked, (Remind(BAKE, now + asked.policy.bake_time, BakeEnded()),))


def on_bake_ended(watch: RingWatch, _message: BakeEnded, _now: datetime) -> Turn[RingWatch]:
    """Judge for good. A paused ring is judged when it is resumed."""
    baked = replace(watch, has_baked=True)
    if baked.is_paused or baked.verdict is not RingVerdict.OPEN:
        return Turn(baked)
    return _judged_for_good(baked)


def on_halt_ring(watch: RingWatch, message: HaltRing, _now: datetime) -> Turn[RingWatch]:
    """Stop on an operator's word, unless the ring was judged already.

    The word may come before the one that opens the ring: it is then opened as a halted one.
    """
    if watch.verdict is not RingVerdict.OPEN:
        return Turn(watch)
    deployment_id, _, ring = watch.ring_key.partition("/")
    known = replace(watch, deployment_id=deployment_id, ring=ring)
    return _halted(known, RingVerdict.ABORTED, message.reason)


def on_pause_ring(watch: RingWatch, _message: PauseRing, _now: datetime) -> Turn[RingWatch]:
    """Let no further batch in."""
    return Turn(replace(watch, is_paused=True))


def on_resume_ring(watch: RingWatch, _message: ResumeRing, _now: datetime) -> Turn[RingWatch]:
    """Let the waiting batches in, and judge a ring that baked during the pause."""
    resumed = replace(watch, is_paused=False)
    if resumed.has_baked and resumed.verdict is RingVerdict.OPEN:
        return _judged_for_good(resumed)
    return _let_in(resumed)


def _let_in(watch: RingWatch) -> Turn[RingWatch]:
    """Let waiting batches offer the release, as many as the plan has room for."""
    if not watch.is_open or watch.is_paused or watch.verdict.is_bad:
        return Turn(watch)
    room = max(0, watch.policy.max_open_batches - len(watch.open_batches))
    entering, staying = watch.waiting_batches[:room], watch.waiting_batches[room:]
    opened = replace(watch, open_batches=(*watch.open_batches, *entering), waiting_batches=staying)
    return Turn(opened, tuple(Send(ActorId.parse(batch), ProceedBatch()) for batch in entering))


def _judged_for_good(watch: RingWatch) -> Turn[RingWatch]:
    """Promote on evidence only: a ring of which nothing is known does not pass."""
    verdict = judge(watch.health, watch.policy)
    if verdict.judgement is not Judgement.PASSED:
        return _halted(watch, RingVerdict.FAILED, verdict.finding)
    passed = replace(watch, verdict=RingVerdict.PASSED, finding=verdict.finding)
    return Turn(passed, (_to_deployment(passed), *_answers(passed)))


def _halted(watch: RingWatch, verdict: RingVerdict, finding: str) -> Turn[RingWatch]:
    """Stop every batch of the ring, tell the deployment, and answer the supervisor if it asks already."""
    halt = HaltBatch(_shortened(finding))
    halts = (Send(ActorId.parse(batch), halt, Lane.CONTROL) for batch in (*watch.open_batches, *watch.waiting_batches))
    halted = replace(watch, verdict=verdict, finding=finding, waiting_batches=())
    return Turn(halted, (*halts, _to_deployment(halted), CancelReminder(BAKE), *_answers(halted)))


def _shortened(finding: str) -> str:
    return finding.encode()[:HALT_REASON_LIMIT_BYTES].decode(errors="ignore")


def _answers(watch: RingWatch) -> tuple[Effect, ...]:
    return (_answer(watch),) if watch.task_token else ()


def _answer(watch: RingWatch) -> CompleteTask:
    told = {"verdict": watch.verdict.value, "finding": watch.finding, "outcomes": asdict(watch.outcomes)}
    return CompleteTask(watch.task_token, told)


def _to_deployment(watch: RingWatch) -> Send:
    judged = RingJudged(watch.ring, watch.verdict.value, watch.finding, watch.outcomes)
    return Send(ActorId("deployment", watch.deployment_id), judged)


BEHAVIOR = Behavior(
    kind="ring_analyst",
    state_type=RingWatch,
    initial_state=RingWatch,
    reactions={
        OpenRing: on_open_ring,
        BatchOpened: on_batch_opened,
        OutcomesReported: on_outcomes_reported,
        BatchClosed: on_batch_closed,
        JudgeRing: on_judge_ring,
        BakeEnded: on_bake_ended,
        HaltRing: on_halt_ring,
        PauseRing: on_pause_ring,
        ResumeRing: on_resume_ring,
    },
)
