"""RUN: one agent handles due timers and messages, each whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from lambdas.actors import letters
from lambdas.actors.agent_record import InHand
from lambdas.actors.arrivals import Arrival, messages_of
from lambdas.actors.claims import ClaimError
from lambdas.actors.codec import (
    EncodedMessage,
    StateFormatError,
    decode_system_message,
)
from lambdas.actors.draft import Draft, NewerSchemaError
from lambdas.actors.due import fire_due
from lambdas.actors.effect_steps import take
from lambdas.actors.failures import FailurePolicy
from lambdas.actors.frames import Frame
from lambdas.actors.incarnations import begin_anew, crash
from lambdas.actors.letters import MessageInHand
from lambdas.actors.reach import OutOfReachError
from lambdas.actors.repeats import RequestReusedError, is_out_of_date, is_repeat, remember
from lambdas.actors.system_messages import SYSTEM_PREFIX, AnswerArrived
from lambdas.actors.system_steps import held_handled, obey
from lambdas.actors.turn_failure import TurnFailure
from lambdas.actors.turn_inputs import Answered, told, told_by_claim

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How much of a batch is run. What cannot be committed whole is tried in parts."""

    limit: int | None = None
    """Messages to handle at most; None: all."""
    fires_timers: bool = True
    first_error: Exception | None = None
    """What the first message is taken to have raised: with it the turn could not be committed."""


class TurnRun(Generic[S]):
    """Runs the arrivals of one agent over a draft, up to the first message that must be tried again."""

    def __init__(self, draft: Draft[S], plan: RunPlan) -> None:
        self.draft = draft
        self.failures: list[TurnFailure] = []
        self.retry_attempt = 0
        """Number of the attempt that failed, when the run ended with one that is to be tried again."""
        self.handled_messages = 0
        self._stays_held = False
        """The held message in hand has failed again, and keeps its number."""
        self._plan = plan
        self._context = draft.context
        self._behavior = draft.context.kind.behavior

    def run(self, arrivals: Sequence[Arrival]) -> int:
        """Handle arrivals in order; answer how many are finished."""
        if self._plan.fires_timers:
            fire_due(self.draft, self.failures)
        for place, arrival in enumerate(arrivals):
            if not self._handle(arrival):
                return place
        return len(arrivals)

    def _handle(self, arrival: Arrival) -> bool:
        """Handle what is left of one frame; answer whether it is finished."""
        frame, draft = arrival.frame, self.draft
        self._stays_held = False
        if frame is None:
            return self._refuse(arrival, arrival.error or ValueError("not a frame"))
        if frame.due is not None and draft.hinted == frame.due:
            draft.hinted = None
        try:
            if is_repeat(draft, frame):
                draft.counts.repeats += 1
                return self._finish(arrival, None)
        except RequestReusedError as error:
            return self._refuse(arrival, error)
        messages = self._messages(arrival, frame)
        return self._finish(arrival, frame) if messages is None else self._handle_frame(arrival, frame, messages)

    def _messages(self, arrival: Arrival, frame: Frame) -> Sequence[EncodedMessage] | None:
        """Give the messages of a frame; None when they are gone, and what is left of it was parked."""
        try:
            return messages_of(frame, self._context.claimed)
        except ClaimError as error:
            self._fail(arrival, error)
            if frame.replays not in self.draft.holding.dropped:
                letters.park_claim(self.draft, arrival, frame.claim, letters.reason_of(error))
            return None

    def _handle_frame(self, arrival: Arrival, frame: Frame, messages: Sequence[EncodedMessage]) -> bool:
        if is_out_of_date(self.draft, frame) and not self._in_hand(arrival).done:
            for message in messages:
                self._expire(message)
            return self._finish(arrival, None)
        if frame.replays is not None and frame.replays in self.draft.holding.dropped:
            return self._pass_over(arrival, frame, messages)
        return self._handle_messages(arrival, frame, messages)

    def _pass_over(self, arrival: Arrival, frame: Frame, messages: Sequence[EncodedMessage]) -> bool:
        """Leave out what an operator has dropped; who waits for an answer is told so."""
        for message in messages:
            letters.refuse_asker(self.draft, message.reply_to, "dropped by an operator")
        return self._finish(arrival, frame)

    def _refuse(self, arrival: Arrival, error: Exception) -> bool:
        self._fail(arrival, error)
        letters.refuse(self.draft, arrival, error)
        return self._finish(arrival, None)

    def _handle_messages(self, arrival: Arrival, frame: Frame, messages: Sequence[EncodedMessage]) -> bool:
        before = self._in_hand(arrival)
        for place in range(before.done, len(messages)):
            attempts = before.attempts if place == before.done else 0
            if self._plan.limit is not None and self.handled_messages >= self._plan.limit:
                self.draft.in_hand = InHand(before.sequence, place, attempts, before.reason) if place else None
                return False
            if not self._message(MessageInHand(arrival, frame, place, messages[place], attempts)):
                return False
            self.handled_messages += 1
        return self._finish(arrival, frame)

    def _in_hand(self, arrival: Arrival) -> InHand:
        """Say how much of a mailbox message earlier commits have handled."""
        sequence, in_hand = arrival.message.sequence_number, self._context.lane_record.in_hand
        return in_hand if in_hand is not None and in_hand.sequence == sequence else InHand(sequence, 0)

    def _finish(self, arrival: Arrival, frame: Frame | None) -> bool:
        if frame is not None:
            remember(self.draft, frame)
            if frame.replays is not None and not self._stays_held:
                held_handled(self.draft)
        self.draft.handled = arrival.message.sequence_number
        self.draft.in_hand = None
        return True

    def _message(self, in_hand: MessageInHand) -> bool:
        """Handle one message; answer whether the run goes on."""
        try:
            self._apply_or_fail(in_hand)
        except Exception as error:  # noqa: BLE001 - a reaction may raise anything, and must not harm other agents
            self._fail(in_hand.arrival, error)
            return self._after_failure(replace(in_hand, attempts=in_hand.attempts + 1), error)
        return True

    def _apply_or_fail(self, in_hand: MessageInHand) -> None:
        if self._plan.first_error is not None and not self.handled_messages:
            raise self._plan.first_error
        self._apply(in_hand.frame, in_hand.place, in_hand.message)

    def _apply(self, frame: Frame, place: int, message: EncodedMessage) -> None:
        draft, context = self.draft, self._context
        if message.expires is not None and context.now >= message.expires:
            self._expire(message)
            return
        if message.type.startswith(SYSTEM_PREFIX):
            self._apply_system(frame, message)
            return
        if not draft.is_running and frame.replays is None:
            letters.hold(draft, message)
            return
        decoded = context.kind.codec.decode_message(message)
        turn = self._behavior.react(draft.state, decoded, context.now)
        made = told(message) if frame.claim is None else told_by_claim(frame.claim, place, [message])
        take(draft, turn, made, message.reply_to)

    def _expire(self, message: EncodedMessage) -> None:
        letters.expire_asker(self.draft, message.reply_to)
        self.draft.counts.expired += 1

    def _apply_system(self, frame: Frame, message: EncodedMessage) -> None:
        decoded = decode_system_message(message)
        if not isinstance(decoded, AnswerArrived):
            obey(self.draft, decoded)
            self.draft.counts.applied += 1
        elif not self.draft.is_running and frame.replays is None:
            letters.hold(self.draft, message)
        else:
            self._go_on_with(decoded)

    def _go_on_with(self, arrived: AnswerArrived) -> None:
        """Give an answer to the continuation of its question, unless the question has ended already."""
        draft, kind = self.draft, self._context.kind
        asked = draft.asks.get(arrived.ask_id)
        if asked is None:
            draft.counts.late_answers += 1
            return
        continuation = kind.codec.continuation_named(asked.continuation)
        answer = kind.codec.decode_answer(continuation, arrived.answer)
        turn = continuation.reaction(draft.state, answer, self._context.now)
        take(draft, turn, Answered(continuation.name, arrived.answer))
        draft.asks.pop(arrived.ask_id, None)

    def _fail(self, arrival: Arrival, error: Exception) -> None:
        self.failures.append(TurnFailure(str(self._context.loaded.agent), arrival.message.message_id, error))

    def _after_failure(self, failed: MessageInHand, error: Exception) -> bool:
        """Let a message be tried again, or do with it what the kind does with one that always fails."""
        reason = letters.reason_of(error)
        if failed.attempts < self._behavior.max_attempts:
            sequence = failed.arrival.message.sequence_number
            self.draft.in_hand = InHand(sequence, failed.place, failed.attempts, reason)
            self.retry_attempt = failed.attempts
            return False
        match self._policy(error):
            case FailurePolicy.PARK:
                letters.park(self.draft, failed, reason)
            case FailurePolicy.SUSPEND:
                self._suspend(failed, reason)
            case FailurePolicy.RESET:
                self._reset(failed)
            case FailurePolicy.ESCALATE:
                letters.park(self.draft, failed, reason)
                self._escalate(reason)
        return True

    def _policy(self, error: Exception) -> FailurePolicy:
        """Messages wait in order for code that reads the state: parking them one by one would lose their order."""
        if isinstance(error, NewerSchemaError | StateFormatError):
            return FailurePolicy.SUSPEND
        if error is self._plan.first_error and self._behavior.on_failure is FailurePolicy.RESET:
            return FailurePolicy.PARK
        return self._behavior.on_failure

    def _suspend(self, failed: MessageInHand, reason: str) -> None:
        """Hold this message and all after it; one that was held before keeps its number."""
        letters.suspend(self.draft, reason)
        self._stays_held = failed.frame.replays is not None
        if not self._stays_held:
            letters.hold(self.draft, failed.message)

    def _reset(self, failed: MessageInHand) -> None:
        """Begin anew and try once more; what fails even then is parked."""
        begin_anew(self.draft, "the agent began anew after a message that always failed")
        try:
            self._apply(failed.frame, failed.place, failed.message)
        except Exception as error:  # noqa: BLE001 - a reaction may raise anything, and must not harm other agents
            self._fail(failed.arrival, error)
            letters.park(self.draft, replace(failed, attempts=failed.attempts + 1), letters.reason_of(error))

    def _escalate(self, reason: str) -> None:
        """Stop and let the supervisor decide; without one that can be told, an operator does."""
        try:
            is_told = crash(self.draft, reason)
        except OutOfReachError as error:
            self.failures.append(TurnFailure(str(self._context.loaded.agent), "", error))
            is_told = False
        if not is_told:
            letters.suspend(self.draft, reason)
