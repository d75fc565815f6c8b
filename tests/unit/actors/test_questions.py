"""Questions and their one outcome: reply, rejection or nothing in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answering import AnsweredTwiceError
from lambdas.actors.answers import Outcome
from lambdas.actors.codec import UnknownContinuationError
from lambdas.actors.effects import (
    Ask,
    BreakPromise,
    CallOut,
    Effect,
    HoldReply,
    KeepPromise,
    Reject,
    Reply,
    Send,
    SendAtMostOnce,
)
from lambdas.actors.failures import MAX_ATTEMPTS
from lambdas.actors.ports import PromiseRecord
from lambdas.actors.system_messages import DropHeld, Resume, Suspend
from tests.unit.actors.office import ANNA, BERT, CLERK, NOON, Note, Office, Stumble, Task, on_answer, on_note

MINUTE = timedelta(minutes=1)
QUESTION = Ask(BERT, Task("answer"), MINUTE, then=on_answer)


def office(*answer: Effect, **tasks: tuple[Effect, ...]) -> Office:
    return Office(tasks={"ask": (QUESTION,), "answer": answer, **tasks})


def asked(*answer: Effect) -> Office:
    """Let anna ask bert, and bert answer."""
    new = office(*answer)
    new.tell(Task("ask"))
    new.work()
    return new


def test_a_reply_reaches_the_continuation_once():
    done = asked(Reply(Note("yes")))

    assert done.words() == ["ask", "heard yes"]
    assert done.record().asks == {}
    done.pass_time(2 * MINUTE)
    assert done.words() == ["ask", "heard yes"], "the timeout finds no open question"


def test_a_rejection_reaches_the_continuation_with_its_reason():
    assert asked(Reject("not today")).words() == ["ask", "refused: not today"]


def test_an_agent_that_only_does_what_it_is_asked_answers_with_nothing():
    assert asked().words() == ["ask", "heard None"]


def test_a_question_that_nobody_answers_times_out_once_and_a_late_answer_is_dropped():
    late = asked(HoldReply("later"))
    late.tasks["keep"] = (KeepPromise("later", Note("late")),)
    late.pass_time(2 * MINUTE)
    assert late.words() == ["ask", "heard nothing"]

    late.tell(Task("keep"), to=BERT)
    reports = late.work()

    assert late.words() == ["ask", "heard nothing"]
    assert sum(report.turns.late_answers for report in reports) == 1


def test_all_whose_replies_are_held_are_answered_together():
    held = office(HoldReply("door"), keep=(KeepPromise("door", Note("open")),))
    held.tell(Task("ask"), Task("ask"))
    held.work()
    assert len(held.record(BERT).held_replies["door"]) == 2

    held.tell(Task("keep"), to=BERT)
    held.work()

    assert held.words() == ["ask", "ask", "heard open", "heard open"]
    assert held.record(BERT).held_replies == {}


def test_a_broken_promise_refuses_all_who_wait():
    held = office(HoldReply("door"), give_up=(BreakPromise("door", "it is stuck"),))
    held.tell(Task("ask"))
    held.tell(Task("give_up"), to=BERT)
    held.work()
    held.tell(Task("give_up"), to=BERT)
    held.work()

    assert held.words() == ["ask", "refused: it is stuck"]


def test_a_question_that_always_fails_is_parked_and_its_asker_told():
    failing = Office(tasks={"ask": (Ask(BERT, Stumble(), MINUTE, then=on_answer),)})
    failing.tell(Task("ask"))
    failing.work()

    assert failing.words() == ["ask", "refused: parked: RuntimeError: stumbled"]
    assert [letter.agent for letter in failing.open_letters()] == [str(BERT)]


def test_a_question_that_comes_after_its_deadline_is_not_handled_and_answered_as_timed_out():
    slow = office(Reply(Note("yes")))
    slow.tell(Task("ask"))
    slow.run()
    slow.now += 2 * MINUTE

    reports = slow.work()

    assert sum(report.turns.expired for report in reports) == 1
    assert slow.words(BERT) == []
    assert slow.words() == ["ask", "heard nothing"]


def test_a_promise_of_a_program_is_kept_with_the_first_outcome():
    program = office(Reply(Note("yes")))
    program.ports.promises.make(PromiseRecord("p-1", str(ANNA), "Task", NOON + MINUTE), "digest")
    for _ in range(2):
        program.ask(Task("answer"), "promise:p-1")
    program.tasks["answer"] = (Reply(Note("yes")),)
    program.work()

    kept = program.ports.promises.get("p-1", NOON)
    assert kept is not None
    assert kept.answer is not None
    assert (kept.answer.outcome, kept.answer.type) == (Outcome.REPLIED, "Note")
    assert msgspec.json.decode(kept.answer.value) == {"word": "yes"}


def test_a_task_of_a_state_machine_is_completed_by_the_reply_and_failed_by_a_rejection():
    machine = office(Reply(Note("yes")), refuse=(Reject("no"),))
    machine.ask(Task("answer"), "task:t-1")
    machine.ask(Task("refuse"), "task:t-2")
    machine.work()

    answers = machine.record().lanes["normal"].outbox.answers
    assert [(answer.task_token, answer.output, answer.error, answer.cause) for answer in answers] == [
        ("t-1", '{"word":"yes"}', "", ""),
        ("t-2", "", "Rejected", "no"),
    ]


@pytest.mark.parametrize(
    ("effects", "error"),
    [
        ((Reply(Note("a")), Reject("b")), AnsweredTwiceError),
        ((Ask(BERT, Note("a"), MINUTE, then=on_note),), UnknownContinuationError),
    ],
)
def test_what_a_reaction_may_not_do_leaves_no_trace(effects: tuple[Effect, ...], error: type[Exception]):
    wrong = Office(tasks={"wrong": (Send(BERT, Note("ghost")), *effects)})
    wrong.ask(Task("wrong"), "promise:p")

    report = wrong.run()

    assert [type(failure.error) for failure in report.failures] == [error]
    assert wrong.record().lanes["normal"].outbox.frames == ()
    assert wrong.words() == []


def test_a_reaction_that_gives_no_turn_is_a_failure_and_not_a_crash():
    def no_turn(*_: Any) -> Any:
        return "done"

    wrong = Office(replace(CLERK, reactions={Note: no_turn}))
    wrong.tell(Note("a"))

    reports = wrong.work()

    assert len(reports) == MAX_ATTEMPTS
    assert "gave str, not a Turn" in wrong.open_letters()[0].reason


def test_a_message_that_expired_on_its_way_is_dropped_and_counted():
    hurry = Office(tasks={"send": (Send(BERT, Note("fresh"), expires_after=MINUTE), Send(ANNA, Note("kept")))})
    hurry.tell(Task("send"))
    hurry.run()
    hurry.now += MINUTE

    reports = hurry.work()

    assert sum(report.turns.expired for report in reports) == 1
    assert hurry.words(BERT) == []
    assert hurry.words() == ["send", "kept"]


def test_what_is_sent_at_most_once_is_not_stored_and_not_sent_again():
    radio = Office(tasks={"send": (SendAtMostOnce(BERT, Note("beep"), MINUTE),)})
    radio.tell(Task("send"))
    radio.run()

    assert radio.record().lanes["normal"].outbox.frames == ()
    radio.work()
    assert radio.words(BERT) == ["beep"]


def test_a_call_to_the_outside_has_a_key_that_its_repeats_share():
    caller = Office(tasks={"call": (CallOut("pager", {"text": "halted"}), CallOut("pager", {"text": "again"}))})
    caller.tell(Task("call"))
    caller.run()

    assert [(call.destination, call.idempotency_key) for call in caller.ports.calls.handed_over] == [
        ("pager", "clerk/anna/1/1"),
        ("pager", "clerk/anna/1/2"),
    ]


def test_an_answer_that_its_continuation_cannot_read_is_parked_and_the_question_times_out():
    odd = Office(
        replace(CLERK, continuations=(replace(CLERK.continuations[0], reads=()),)),
        tasks={"ask": (QUESTION,), "answer": (Reply(Note("yes")),)},
    )
    odd.tell(Task("ask"))
    odd.work()
    assert "does not read answers of type 'Note'" in odd.open_letters()[0].reason

    odd.pass_time(2 * MINUTE)
    assert odd.words() == ["ask", "heard nothing"]


def test_a_question_that_was_held_and_dropped_is_answered_with_a_refusal():
    held = office(Reply(Note("yes")))
    held.tell(Suspend("to look"), to=BERT)
    held.work()
    held.tell(Task("ask"))
    held.work()
    held.tell(DropHeld(1, "olga", "not now"), Resume("go"), to=BERT)
    held.work()

    assert held.words() == ["ask", "refused: dropped by an operator"]


def test_an_agent_may_ask_itself():
    own = Office(tasks={"ask": (Ask(ActorId("clerk", "anna"), Note("own"), MINUTE, then=on_answer),)})
    own.tell(Task("ask"))
    own.work()

    assert own.words() == ["ask", "own", "heard None"]
