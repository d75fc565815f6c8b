"""Fires what is due: reminders, and questions to which no answer came in time."""

from dataclasses import replace
from typing import TypeVar

from lambdas.actors import letters
from lambdas.actors.agent_record import PendingAsk
from lambdas.actors.answering import TIMED_OUT
from lambdas.actors.answers import TimedOut
from lambdas.actors.codec import StateFormatError, encode_message
from lambdas.actors.draft import Draft, NewerSchemaError
from lambdas.actors.effect_steps import take
from lambdas.actors.system_messages import AnswerArrived
from lambdas.actors.timers import RETRY_AFTER, Timer, after_firing, due_timers, is_still_set
from lambdas.actors.turn_failure import TurnFailure
from lambdas.actors.turn_inputs import Answered, timer_due

S = TypeVar("S")


def fire_due(draft: Draft[S], failures: list[TurnFailure]) -> None:
    """Tell the agent all that is due. What raises is put off, so that it does not hold up messages."""
    timers = due_timers(draft.timers, draft.context.now)
    asks = [(ask_id, asked) for ask_id, asked in draft.asks.items() if asked.deadline <= draft.context.now]
    if not draft.is_running or not (timers or asks) or not _can_read_state(draft, failures):
        return
    for name, timer in timers:
        if draft.is_running and is_still_set(draft.timers, name, timer):
            _fire(draft, name, timer, failures)
    for ask_id, asked in asks:
        if draft.is_running and ask_id in draft.asks:
            _time_out(draft, ask_id, asked, failures)


def _can_read_state(draft: Draft[S], failures: list[TurnFailure]) -> bool:
    try:
        _ = draft.state
    except (NewerSchemaError, StateFormatError) as error:
        failures.append(TurnFailure(str(draft.context.loaded.agent), "", error))
        return False
    return True


def _fire(draft: Draft[S], name: str, timer: Timer, failures: list[TurnFailure]) -> None:
    context, before = draft.context, draft.timers
    try:
        message = context.kind.codec.decode_message(timer.message)
        turn = context.kind.behavior.react(draft.state, message, context.now)
        draft.timers = _without(before, name, after_firing(timer, context.now, draft.version))
        take(draft, turn, timer_due(name, timer.message))
    except Exception as error:  # noqa: BLE001 - a reaction may raise anything, and must not harm other agents
        draft.timers = before
        failures.append(TurnFailure(str(context.loaded.agent), "", error))
        _put_off(draft, name, timer, error)
        return
    draft.counts.timers_fired += 1


def _put_off(draft: Draft[S], name: str, timer: Timer, error: Exception) -> None:
    """Try a reminder again later; one that always fails is parked."""
    attempts, now = timer.attempts + 1, draft.context.now
    if attempts < draft.context.kind.behavior.max_attempts:
        later = replace(timer, due=now + RETRY_AFTER, generation=draft.version, attempts=attempts)
        draft.timers = {**draft.timers, name: later}
        return
    letters.park_due(draft, timer.message, attempts, f"reminder {name!r}: {letters.reason_of(error)}")
    draft.timers = _without(draft.timers, name, after_firing(timer, now, draft.version))


def _time_out(draft: Draft[S], ask_id: str, asked: PendingAsk, failures: list[TurnFailure]) -> None:
    context = draft.context
    try:
        continuation = context.kind.codec.continuation_named(asked.continuation)
        turn = continuation.reaction(draft.state, TimedOut(), context.now)
        take(draft, turn, Answered(continuation.name, TIMED_OUT))
    except Exception as error:  # noqa: BLE001 - a reaction may raise anything, and must not harm other agents
        failures.append(TurnFailure(str(context.loaded.agent), "", error))
        _put_off_ask(draft, ask_id, asked, error)
        return
    draft.asks.pop(ask_id, None)
    draft.counts.timeouts += 1


def _put_off_ask(draft: Draft[S], ask_id: str, asked: PendingAsk, error: Exception) -> None:
    attempts = asked.attempts + 1
    if attempts < draft.context.kind.behavior.max_attempts:
        draft.asks[ask_id] = replace(asked, deadline=draft.context.now + RETRY_AFTER, attempts=attempts)
        return
    reason = f"timeout of question {ask_id} for {asked.continuation!r}: {letters.reason_of(error)}"
    letters.park_due(draft, encode_message(AnswerArrived(ask_id, TIMED_OUT)), attempts, reason)
    draft.asks.pop(ask_id)


def _without(timers: dict[str, Timer], name: str, instead: Timer | None) -> dict[str, Timer]:
    rest = {other: timer for other, timer in timers.items() if other != name}
    return rest if instead is None else {**rest, name: instead}
