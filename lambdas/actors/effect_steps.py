"""Takes the effects of one reaction into the draft: first all are prepared, which may raise, then all take place."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from lambdas.actors import answering
from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentStatus, PendingAsk
from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.codec import EncodedMessage, encode_message, encode_readable
from lambdas.actors.draft import Draft
from lambdas.actors.effects import (
    Ask,
    BreakPromise,
    CallOut,
    CancelReminder,
    CompleteTask,
    Effect,
    Exit,
    HoldReply,
    KeepPromise,
    Publish,
    Reject,
    Remind,
    Reply,
    Send,
    SendAtMostOnce,
)
from lambdas.actors.frames import FRAME_LIMIT_BYTES, Frame, FrameTooLargeError
from lambdas.actors.outbox import ExternalCall, FleetEventRecord, TaskAnswer
from lambdas.actors.reply_to import ReplyTo
from lambdas.actors.supervision.messages import ChildExited
from lambdas.actors.timers import Timer
from lambdas.actors.turn import Turn
from lambdas.actors.turn_inputs import Begun, TurnInput

S = TypeVar("S")

Step = Callable[[], None]
"""A change of the draft that cannot fail any more."""


class NaiveTimeError(ValueError):
    """A reminder is due at a time without time zone; nobody could say when that is."""


class TickError(ValueError):
    """A reminder would repeat without any time between."""


class NotATurnError(TypeError):
    """A reaction gave something else than a Turn; it must be mended and deployed."""


def take(draft: Draft[S], turn: Any, made: TurnInput, reply_to: str = "") -> None:
    """Take the outcome of one reaction into the draft, and answer who waits for it; all of it or, raising, nothing."""
    if not isinstance(turn, Turn):
        raise NotATurnError(f"a reaction of {draft.context.loaded.agent} gave {type(turn).__name__}, not a Turn")
    effects: tuple[Effect, ...] = turn.effects
    steps = _Steps(draft, reply_to)
    for effect in sorted(effects, key=_ends_the_incarnation):
        _WAYS[type(effect)](steps, effect)
    steps.prepare_answer([effect for effect in effects if isinstance(effect, Reply | Reject | HoldReply)])
    draft.state = turn.state
    draft.note_input(made)
    for step in steps.steps:
        step()


def _ends_the_incarnation(effect: Effect) -> bool:
    """Order an end behind all else a reaction wants: what it asks and sets belongs to the incarnation that ends."""
    return isinstance(effect, Exit)


class _Steps:
    """What one reaction does to the draft, as it is prepared."""

    def __init__(self, draft: Draft[Any], reply_to: str) -> None:
        self._draft = draft
        self._kind = draft.context.kind
        self._reply_to = reply_to
        self._events = len(draft.events)
        self._calls = len(draft.calls)
        self._asks = draft.asked
        self.steps: list[Step] = []

    def prepare_answer(self, given: list[Reply | Reject | HoldReply]) -> None:
        """Answer the message in hand; one that nobody waits for needs no answer."""
        effect = answering.the_one_answer(given)
        counts = self._draft.counts
        if isinstance(effect, Reject):
            self._do(lambda: setattr(counts, "rejected", counts.rejected + 1))
        else:
            self._do(lambda: setattr(counts, "applied", counts.applied + 1))
        if not self._reply_to:
            return
        match effect:
            case HoldReply(name):
                ReplyTo.parse(self._reply_to)
                self._do(lambda: self._hold(name, self._reply_to))
            case Reply(value):
                self._answer(self._reply_to, answering.replied(value))
            case Reject(reason):
                self._answer(self._reply_to, answering.rejected(reason))
            case None:
                self._answer(self._reply_to, answering.ACKNOWLEDGED)

    def _do(self, step: Callable[[], object]) -> None:
        self.steps.append(step)  # type: ignore[arg-type]

    def send(self, effect: Send) -> None:
        self._send(effect.to, effect.lane, self._expiring(effect.message, effect.expires_after))

    def answer_in_hand(self, effect: Reply | Reject | HoldReply) -> None:
        """Leave it for ``prepare_answer``, which knows whether there is more than one."""

    def keep_promise(self, effect: KeepPromise) -> None:
        self._answer_held(effect.name, answering.replied(effect.value))

    def break_promise(self, effect: BreakPromise) -> None:
        self._answer_held(effect.name, answering.rejected(effect.reason))

    def cancel_reminder(self, effect: CancelReminder) -> None:
        self._do(lambda: self._draft.timers.pop(effect.name, None))

    def _send(self, to: ActorId, lane: str, message: EncodedMessage) -> None:
        self._kind.reach.check_sending(self._kind.behavior.kind, to.kind)
        self._do(lambda: self._draft.sends.setdefault((to, lane), []).append(message))

    def _expiring(self, message: Any, expires_after: Any, reply_to: str = "") -> EncodedMessage:
        encoded = encode_message(message)
        if expires_after is None:
            return encoded
        return EncodedMessage(encoded.type, encoded.data, reply_to, self._draft.context.now + expires_after)

    def send_at_most_once(self, effect: SendAtMostOnce) -> None:
        self._kind.reach.check_sending(self._kind.behavior.kind, effect.to.kind)
        message = self._expiring(effect.message, effect.expires_after)
        _limited(f"message for {effect.to}", bytes(message.data))
        self._do(lambda: self._draft.loose.append(Frame(effect.to, (message,), to_lane=effect.lane)))

    def ask(self, effect: Ask) -> None:
        continuation = self._kind.codec.continuation_of(effect.then)
        self._asks += 1
        ask_id, number = f"{self._draft.version}.{self._asks}", self._asks
        reply_to = ReplyTo.agent(self._draft.context.loaded.agent, self._kind.lane, ask_id)
        self._send(effect.to, effect.lane, self._expiring(effect.message, effect.timeout, str(reply_to)))
        pending = PendingAsk(continuation.name, self._draft.context.now + effect.timeout)

        def ask() -> None:
            self._draft.asked = number
            self._draft.asks[ask_id] = pending

        self._do(ask)

    def _answer_held(self, name: str, answer: EncodedAnswer) -> None:
        for reply_to in self._draft.held_replies.get(name, ()):
            self._answer(reply_to, answer)
        self._do(lambda: self._draft.held_replies.pop(name, None))

    def _answer(self, reply_to: str, answer: EncodedAnswer) -> None:
        prepared = answering.prepare(self._draft, reply_to, answer)
        self._do(lambda: answering.give(self._draft, prepared))

    def _hold(self, name: str, reply_to: str) -> None:
        held = self._draft.held_replies
        held[name] = (*held.get(name, ()), reply_to)

    def publish(self, effect: Publish) -> None:
        event = effect.event
        self._kind.reach.check_publishing(self._kind.behavior.kind)
        self._events += 1
        event_id = f"{self._draft.context.loaded.agent}/{self._draft.version}/{self._events}"
        detail = msgspec.json.decode(encode_readable(event), type=dict[str, msgspec.Raw])
        detail["event_id"] = msgspec.Raw(msgspec.json.encode(event_id))
        record = FleetEventRecord(event_id, type(event).__name__, _limited("event", msgspec.json.encode(detail)))
        self._do(lambda: self._draft.events.append(record))

    def call_out(self, effect: CallOut) -> None:
        self._kind.reach.check_calling_out(self._kind.behavior.kind)
        self._calls += 1
        key = f"{self._draft.context.loaded.agent}/{self._draft.version}/{self._calls}"
        call = ExternalCall(effect.destination, _limited("payload", encode_readable(effect.payload)), key)
        self._do(lambda: self._draft.calls.append(call))

    def remind(self, effect: Remind) -> None:
        if effect.every is not None and effect.every.total_seconds() <= 0:
            raise TickError(f"reminder {effect.name!r} would repeat every {effect.every}; give it some time between")
        due = _aware(effect.name, effect.due)
        timer = Timer(due, self._draft.version, encode_message(effect.message), effect.every)
        self._do(lambda: self._draft.timers.__setitem__(effect.name, timer))

    def complete_task(self, effect: CompleteTask) -> None:
        self._kind.reach.check_completing(self._kind.behavior.kind)
        output = _limited("task output", encode_readable(dict(effect.output)))
        answer = TaskAnswer(effect.task_token, output)
        self._do(lambda: self._draft.task_answers.append(answer))

    def exit(self, effect: Exit) -> None:
        draft, reason = self._draft, effect.reason
        for reply_to in [waiting for held in draft.held_replies.values() for waiting in held]:
            self._answer(reply_to, answering.rejected(f"the agent ended: {reason}"))
        self._do(draft.held_replies.clear)
        if not draft.supervisor:
            self._do(lambda: begin_anew(draft))
            return
        told = exited(draft, draft.supervisor, reason)
        self._do(lambda: stop(draft, told, reason))


_WAYS: Mapping[type, Callable[[_Steps, Any], None]] = {
    Send: _Steps.send,
    SendAtMostOnce: _Steps.send_at_most_once,
    Ask: _Steps.ask,
    Reply: _Steps.answer_in_hand,
    Reject: _Steps.answer_in_hand,
    HoldReply: _Steps.answer_in_hand,
    KeepPromise: _Steps.keep_promise,
    BreakPromise: _Steps.break_promise,
    Publish: _Steps.publish,
    CallOut: _Steps.call_out,
    Remind: _Steps.remind,
    CancelReminder: _Steps.cancel_reminder,
    CompleteTask: _Steps.complete_task,
    Exit: _Steps.exit,
}


Notice = tuple[ActorId, EncodedMessage]
"""What a supervisor is to be told."""


def begin_anew(draft: Draft[Any]) -> None:
    """Begin another incarnation, and note so for the journal."""
    draft.begin_anew()
    draft.note_input(Begun(draft.incarnation))


def exited(draft: Draft[Any], supervisor: str, reason: str) -> Notice:
    """Make the news of an agent's end for its supervisor; raises OutOfReachError when it cannot be told."""
    kind, address = draft.context.kind, ActorId.parse(supervisor)
    kind.reach.check_sending(kind.behavior.kind, address.kind)
    return address, encode_message(ChildExited(str(draft.context.loaded.agent), draft.incarnation, reason))


def stop(draft: Draft[Any], told: Notice, reason: str) -> None:
    """End this incarnation; its messages are held until the next one is started."""
    supervisor, message = told
    draft.sends.setdefault((supervisor, "normal"), []).append(message)
    draft.status, draft.status_reason = AgentStatus.STOPPED, reason
    draft.timers, draft.asks = {}, {}


def _limited(what: str, text: bytes) -> str:
    if len(text) > FRAME_LIMIT_BYTES:
        raise FrameTooLargeError(f"{what} has {len(text)} bytes, {FRAME_LIMIT_BYTES} are possible")
    return text.decode()


def _aware(name: str, due: datetime) -> datetime:
    if due.tzinfo is None:
        raise NaiveTimeError(f"reminder {name!r} is due at {due.isoformat()}, which names no time zone; use UTC")
    return due
