"""Answers to questions: who waits gets one outcome, by whichever way it waits."""

from collections.abc import Sequence
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.codec import EncodedMessage, encode_message, encode_readable
from lambdas.actors.draft import Draft
from lambdas.actors.effects import HoldReply, Reject, Reply
from lambdas.actors.frames import FRAME_LIMIT_BYTES, FrameTooLargeError
from lambdas.actors.outbox import PromiseOutcome, TaskAnswer
from lambdas.actors.reply_to import ReplyTo, ReplyWay
from lambdas.actors.system_messages import AnswerArrived

ANSWER_LIMIT_BYTES = FRAME_LIMIT_BYTES
"""Bytes of an answer as JSON: a task of a state machine takes 256 KB, a record 400 KB."""

REASON_LIMIT = 1000
"""Characters of the reason of a refusal."""

ACKNOWLEDGED = EncodedAnswer(Outcome.REPLIED)
"""The answer of an agent that only did what it was asked."""

Prepared = TaskAnswer | PromiseOutcome | tuple[ActorId, str, EncodedMessage]
"""An answer on one of the three ways; to an agent it goes as a message through a lane."""


class AnsweredTwiceError(ValueError):
    """A reaction answers its message more than once; only one outcome is possible."""


def replied(value: Any) -> EncodedAnswer:
    """Write a reply; raises UnreadableValueError, or FrameTooLargeError above ANSWER_LIMIT_BYTES."""
    if value is None:
        return ACKNOWLEDGED
    text = encode_readable(value)
    if len(text) > ANSWER_LIMIT_BYTES:
        raise FrameTooLargeError(f"answer has {len(text)} bytes, {ANSWER_LIMIT_BYTES} are possible")
    return EncodedAnswer(Outcome.REPLIED, type(value).__name__, msgspec.Raw(text))


def rejected(reason: str) -> EncodedAnswer:
    """Write a refusal; a longer reason is cut off."""
    return EncodedAnswer(Outcome.REJECTED, reason=reason[:REASON_LIMIT])


TIMED_OUT = EncodedAnswer(Outcome.TIMED_OUT)


def the_one_answer(answering: Sequence[Reply | Reject | HoldReply]) -> Reply | Reject | HoldReply | None:
    """Choose how the message in hand is answered; raises AnsweredTwiceError."""
    if len(answering) > 1:
        names = ", ".join(type(effect).__name__ for effect in answering)
        raise AnsweredTwiceError(f"a message is answered once, not by {names}; choose one")
    return answering[0] if answering else None


def prepare(draft: Draft[Any], reply_to: str, answer: EncodedAnswer) -> Prepared:
    """Make an answer for one who waits; raises ReplyToError, or OutOfReachError before anything has changed."""
    waiting = ReplyTo.parse(reply_to)
    kind = draft.context.kind
    match waiting.way:
        case ReplyWay.PROMISE:
            return PromiseOutcome(waiting.target, answer)
        case ReplyWay.TASK:
            kind.reach.check_completing(kind.behavior.kind)
            return _task_answer(waiting.target, answer)
        case ReplyWay.AGENT:
            asker = ActorId.parse(waiting.target)
            kind.reach.check_sending(kind.behavior.kind, asker.kind)
            return asker, waiting.lane, encode_message(AnswerArrived(waiting.ask_id, answer))


def give(draft: Draft[Any], prepared: Prepared) -> None:
    """Put an answer on its way."""
    match prepared:
        case TaskAnswer():
            draft.task_answers.append(prepared)
        case PromiseOutcome():
            draft.promises.append(prepared)
        case (asker, lane, message):
            draft.sends.setdefault((asker, lane), []).append(message)


def _task_answer(task_token: str, answer: EncodedAnswer) -> TaskAnswer:
    match answer.outcome:
        case Outcome.REPLIED:
            return TaskAnswer(task_token, bytes(answer.value).decode())
        case Outcome.REJECTED:
            return TaskAnswer(task_token, "", "Rejected", answer.reason)
        case Outcome.TIMED_OUT:
            return TaskAnswer(task_token, "", "TimedOut", "the message came after its deadline")
