"""What answers of a destination mean for a call."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.call_outs import (
    LONGEST_WAIT,
    Again,
    Answer,
    Answered,
    Done,
    NotSent,
    Refused,
    Unreached,
    Verdict,
    WaitingCall,
    call_of,
    is_failure,
    is_out_of_time,
    letter_of,
    unreadable_letter,
    verdict,
    wait_before,
)
from lambdas.actors.dead_letters import LetterKind
from lambdas.actors.outbox import ExternalCall

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CALL = ExternalCall("erp", '{"order":1}', "device/d-1/7/1")
REDIRECTS = "redirects are not followed, correct the address of the destination"


def waiting(sent_at: datetime = NOON) -> WaitingCall:
    return WaitingCall("m-1", CALL, sent_at, receives=3)


@pytest.mark.parametrize(
    ("answer", "expected", "counts_against_it"),
    [
        (Answered(200), Done(), False),
        (Answered(204), Done(), False),
        (Answered(299), Done(), False),
        (Answered(301), Refused(f"answered 301: {REDIRECTS}"), False),
        (Answered(304), Refused(f"answered 304: {REDIRECTS}"), False),
        (Answered(400, said="bad order"), Refused("answered 400: bad order"), False),
        (Answered(401), Refused("answered 401"), False),
        (Answered(404), Refused("answered 404"), False),
        (Answered(408), Again("answered 408"), True),
        (Answered(409), Refused("answered 409"), False),
        (Answered(422), Refused("answered 422"), False),
        (Answered(425), Again("answered 425"), True),
        (Answered(429, MINUTE), Again("answered 429", MINUTE), True),
        (Answered(500, said="oops"), Again("answered 500: oops"), True),
        (Answered(503, 2 * MINUTE), Again("answered 503", 2 * MINUTE), True),
        (Answered(599), Again("answered 599"), True),
        (Unreached("timed out"), Again("timed out"), True),
        (NotSent("no secret"), Again("no secret"), False),
    ],
)
def test_an_answer_is_judged(answer: Answer, expected: Verdict, counts_against_it: bool):
    assert verdict(answer) == expected
    assert is_failure(answer) is counts_against_it


@pytest.mark.parametrize(
    ("again", "age", "wait"),
    [
        (MINUTE, 0 * HOUR, MINUTE),
        (12 * HOUR, 0 * HOUR, LONGEST_WAIT),
        (2 * HOUR, 23 * HOUR, HOUR),
        (MINUTE / 600, 0 * HOUR, MINUTE / 60),
        (MINUTE, 24 * HOUR, MINUTE / 60),
    ],
)
def test_a_wait_ends_before_the_queue_or_the_day_does(again: timedelta, age: timedelta, wait: timedelta):
    assert wait_before(again, waiting(NOON - age), NOON) == wait


def test_a_call_is_tried_for_a_day():
    assert not is_out_of_time(waiting(NOON - 24 * HOUR + MINUTE), NOON)
    assert is_out_of_time(waiting(NOON - 24 * HOUR), NOON)


def test_a_call_that_is_given_up_becomes_a_letter_from_which_it_can_be_made_again():
    letter = letter_of(waiting(), LetterKind.PARKED, "answered 500", NOON)

    assert (letter.agent, letter.letter_id, letter.kind) == ("call_out/erp", "parked/device/d-1/7/1/m-1", "parked")
    assert (letter.body, letter.attempts, letter.reason) == ('{"order":1}', 3, "answered 500")
    assert call_of(letter) == CALL


def test_what_was_no_call_cannot_become_one():
    letter = unreadable_letter("m-9", "gibberish", "no JSON", NOON)

    assert letter.body == "gibberish"
    with pytest.raises(ValueError, match="not that of a call to the outside"):
        call_of(letter)
