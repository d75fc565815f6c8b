"""What becomes of messages that fail: retried, parked, held in order, a new beginning, the supervisor's decision."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.claims import Claim, claim_of
from lambdas.actors.codec import encode_message
from lambdas.actors.dead_letters import LetterKind, LetterStatus
from lambdas.actors.effects import Exit, Remind
from lambdas.actors.failures import FIRST_DELAY, LONGEST_DELAY, MAX_ATTEMPTS, FailurePolicy, retry_delay
from lambdas.actors.frames import ClientRequest, Frame, decode_frame
from lambdas.actors.lanes import Lane
from lambdas.actors.reach import Reach
from lambdas.actors.supervision.messages import ChildExited, ChildStarted
from lambdas.actors.system_messages import DropHeld, Reset, Resume, StartChild, StopChild, Suspend
from lambdas.actors.system_steps import REPLAY_WINDOW
from tests.unit.actors.office import ANNA, BERT, CLERK, NOON, Note, Office, Stumble, Task

BOSS = ActorId("boss", "b")


def with_policy(policy: FailurePolicy, **tasks: tuple[Exit | Remind, ...]) -> Office:
    reach = Reach(frozenset({"clerk", "boss"}), publishes=False, completes_tasks=False)
    return Office(replace(CLERK, on_failure=policy), tasks=dict(tasks), reach=reach)


@pytest.mark.parametrize(
    ("attempt", "share", "seconds"),
    [(1, 0, 1), (1, 1, 0.5), (2, 0, 2), (5, 0, 16), (9, 0, 256), (10, 0, 300), (99, 0, 300)],
)
def test_the_wait_doubles_up_to_five_minutes_less_up_to_half_of_it(attempt: int, share: float, seconds: float):
    assert retry_delay(attempt, share) == timedelta(seconds=seconds)
    assert FIRST_DELAY / 2 <= retry_delay(attempt, share) <= LONGEST_DELAY


def test_every_message_of_the_agent_waits_as_long_as_the_one_that_failed():
    office = with_policy(FailurePolicy.PARK)
    office.tell(Note("a"), Stumble(), Note("b"))
    office.tell(Note("c"), to=BERT)

    delays = [office.run() and office.ports.delays.postponed[-2:] for _ in range(2)]

    assert [[delay for _, delay in both] for both in delays] == [[timedelta(seconds=1)] * 2, [timedelta(seconds=2)] * 2]
    assert (office.words(), office.words(BERT)) == (["a"], ["c"])


def test_a_parked_message_lets_the_others_go_on():
    office = with_policy(FailurePolicy.PARK)
    office.tell(Note("a"), Stumble(), Note("b"))
    reports = office.work()

    assert len(reports) == MAX_ATTEMPTS
    assert office.words() == ["a", "b"]
    (letter,) = office.open_letters()
    assert (letter.kind, letter.attempts, letter.message_types) == (LetterKind.PARKED, MAX_ATTEMPTS, ("Stumble",))
    assert letter.reason == "RuntimeError: stumbled"
    assert office.record().lanes["normal"].in_hand is None


def test_a_suspended_agent_holds_everything_in_order_and_handles_it_in_order_when_it_is_resumed():
    office = with_policy(FailurePolicy.SUSPEND)
    words = [f"{number}" for number in range(2 * REPLAY_WINDOW + 3)]
    office.tell(Stumble(), *(Note(word) for word in words))
    office.work()
    assert office.record().status is AgentStatus.SUSPENDED
    assert office.record().holding.held == len(words) + 1
    assert office.words() == []

    office.tell(DropHeld(1, "olga", "cannot be mended"), Resume("mended"), Note("new"), lane=Lane.CONTROL)
    office.work()

    assert office.record().status is AgentStatus.RUNNING
    assert office.words() == [*words, "new"]
    assert office.open_letters() == []


def test_a_held_message_that_fails_again_suspends_again_at_its_number():
    office = with_policy(FailurePolicy.SUSPEND)
    office.tell(Suspend("to look"), Note("a"), Stumble(), Note("b"))
    office.work()
    office.tell(Resume("go"))
    office.work()

    assert office.record().status is AgentStatus.SUSPENDED
    assert (office.words(), office.record().holding.replayed) == (["a"], 1)
    office.tell(DropHeld(2, "olga", "poison"), Resume("again"))
    office.work()
    assert office.words() == ["a", "b"]
    first, second, third = office.ports.letters.held(str(ANNA), 1, 3)
    assert [kept.decision and kept.decision.status for kept in (first, second, third)] == [
        LetterStatus.REPLAYED,
        LetterStatus.DROPPED,
        LetterStatus.REPLAYED,
    ]


def test_a_held_message_that_was_handled_cannot_be_dropped_any_more():
    office = with_policy(FailurePolicy.PARK)
    office.tell(Suspend("to look"), Note("a"), Resume("go"))
    office.work()
    office.tell(DropHeld(1, "olga", "too late"))
    office.work()

    (held,) = office.ports.letters.held(str(ANNA), 1, 1)
    assert held.decision is not None
    assert held.decision.status is LetterStatus.REPLAYED
    assert office.words() == ["a"]


class FailsFirst(dict[str, tuple[Any, ...]]):
    """Tasks of which the first so many fail."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def __getitem__(self, name: str) -> tuple[Any, ...]:
        if self.left:
            self.left -= 1
            raise KeyError(name)
        return ()


def test_a_held_message_that_fails_and_comes_again_in_one_batch_is_handled_once():
    office = with_policy(FailurePolicy.SUSPEND)
    office.tasks = FailsFirst(MAX_ATTEMPTS)
    office.tell(Suspend("to look"), Task("late"))
    office.work()
    office.tell(Resume("go"), lane=Lane.CONTROL)
    for _ in range(MAX_ATTEMPTS):
        office.run(Lane.CONTROL)
    assert office.record().status is AgentStatus.RESUMING

    office.tell(Resume("again"), lane=Lane.CONTROL)
    office.tell(Task("late"), lane=Lane.CONTROL, replays=1)
    office.work()

    assert office.words() == ["late"]
    assert office.record().status is AgentStatus.RUNNING


def test_timers_of_a_suspended_agent_wait_until_it_goes_on():
    office = with_policy(FailurePolicy.PARK, tea=(Remind("tea", NOON + timedelta(minutes=1), Note("tea")),))
    office.tell(Task("tea"), Suspend("to look"))
    office.work()
    office.pass_time(timedelta(minutes=5))
    assert office.words() == ["tea"]

    office.tell(Resume("go"))
    office.work()
    office.pass_time(timedelta(seconds=1))

    assert office.words() == ["tea", "tea"]


def test_a_reset_agent_begins_anew_and_tries_once_more():
    office = with_policy(FailurePolicy.RESET)
    office.tell(Note("a"), Stumble(), Note("b"))
    office.work()

    assert office.words() == ["b"]
    assert office.record().incarnation == 1
    assert [letter.attempts for letter in office.open_letters()] == [MAX_ATTEMPTS + 1]


def test_messages_of_an_agent_whose_item_cannot_be_read_are_parked_for_when_it_is_repaired():
    office = Office()
    office.tell(Note("a"))
    office.work()
    item = office.ports.store.items[ANNA]
    office.ports.store.items[ANNA] = {**item, "runtime": "{"}
    office.tell(Note("b"), Note("c" * 9000))
    office.tell(Note("d"), to=BERT)
    reports = office.work()

    assert office.words(BERT) == ["d"]
    letters = {letter.letter_id: letter for letter in office.open_letters()}
    assert {(letter.kind, letter.message_types) for letter in letters.values()} == {(LetterKind.PARKED, ("Note",))}
    assert len(letters) == 2
    assert sum(report.turns.parked for report in reports) == 2
    assert len(reports) == MAX_ATTEMPTS


def test_an_operator_may_let_an_agent_begin_anew():
    office = with_policy(FailurePolicy.PARK, tea=(Remind("tea", NOON + timedelta(minutes=1), Note("tea")),))
    office.tell(Task("tea"), Reset("stuck"), Note("new"))
    office.work()

    assert office.words() == ["new"]
    assert (office.record().timers, office.record().incarnation) == ({}, 1)


def test_an_agent_that_escalates_stops_and_its_supervisor_starts_it_anew():
    office = with_policy(FailurePolicy.ESCALATE)
    office.tell(StartChild(str(BOSS), 1), Note("a"), Stumble(), Note("b"))
    office.work()

    assert office.record().status is AgentStatus.STOPPED
    told = told_to(office, BOSS)
    assert told == [ChildStarted(str(ANNA), 1), ChildExited(str(ANNA), 1, "crash: RuntimeError: stumbled")]

    office.tell(StartChild(str(BOSS), 2))
    office.work()
    assert office.words() == ["b"], "what came while it was stopped is handled by the next incarnation"
    assert (office.record().status, office.record().incarnation) == (AgentStatus.RUNNING, 2)


def test_an_agent_that_escalates_without_supervisor_is_suspended():
    office = with_policy(FailurePolicy.ESCALATE)
    office.tell(Stumble(), Note("b"))
    office.work()

    assert office.record().status is AgentStatus.SUSPENDED
    assert {letter.kind for letter in office.open_letters()} == {LetterKind.HELD, LetterKind.PARKED}


def test_late_orders_of_a_supervisor_are_harmless():
    office = with_policy(FailurePolicy.PARK)
    office.tell(StartChild(str(BOSS), 2), Note("a"), StopChild(str(BOSS), 1))
    office.work()
    assert (office.words(), office.record().incarnation) == (["a"], 2)

    office.tell(StopChild(str(BOSS), 2), StopChild(str(BOSS), 2))
    office.work()
    assert office.record().status is AgentStatus.STOPPED
    assert told_to(office, BOSS)[-1] == ChildExited(str(ANNA), 2, "shutdown")
    assert len(told_to(office, BOSS)) == 2


def test_an_agent_may_end_by_itself():
    office = with_policy(FailurePolicy.PARK, leave=(Exit("done"),))
    office.tell(Note("a"), Task("leave"), Note("b"))
    office.tell(StartChild(str(BOSS), 1), Task("leave"), to=BERT)
    office.work()

    assert (office.words(), office.record().incarnation) == (["b"], 1), "without a supervisor it begins anew"
    assert office.record(BERT).status is AgentStatus.STOPPED
    assert told_to(office, BOSS)[-1] == ChildExited(str(BERT), 1, "done")


@pytest.mark.parametrize("is_first", [True, False])
def test_what_a_reaction_sets_beside_its_end_does_not_reach_into_the_next_incarnation(*, is_first: bool):
    effects = (Exit("done"), Remind("tea", NOON + timedelta(minutes=1), Note("ghost")))
    office = with_policy(FailurePolicy.PARK, leave=effects if is_first else effects[::-1])
    office.tell(Task("leave"))
    office.work()
    office.pass_time(timedelta(minutes=2))

    assert (office.words(), office.record().timers) == ([], {})


def test_a_state_of_newer_code_suspends_the_agent_and_keeps_its_messages_for_that_code():
    newer = Office(replace(CLERK, schema=2, upcasts={1: lambda state: state}))
    newer.tell(Note("a"))
    newer.work()
    older = Office(ports=newer.ports)
    older.tell(Note("b"), Note("c"))
    older.work()
    assert "schema 2, known is 1" in older.record().status_reason
    assert newer.words() == ["a"]

    newer.tell(Resume("deployed again"))
    newer.work()
    assert newer.words() == ["a", "b", "c"]


def test_an_older_state_takes_every_step_to_the_layout_of_today():
    first = Office()
    first.tell(Note("a"))
    first.work()
    upcasts = {1: lambda state: {"text": state["words"]}, 2: lambda state: {"words": [*state["text"], "upcast"]}}
    third = Office(replace(CLERK, schema=3, upcasts=upcasts), ports=first.ports)
    third.tell(Note("b"))
    third.work()

    assert third.words() == ["a", "upcast", "b"]
    assert third.record().schema == 3


def test_a_step_between_layouts_that_is_missing_suspends_the_agent_and_names_it():
    first = Office()
    first.tell(Note("a"))
    first.work()
    third = Office(replace(CLERK, schema=3, upcasts={2: lambda state: state}), ports=first.ports)
    third.tell(Note("b"))
    third.work()

    assert "no upcast leads from it to 2" in third.record().status_reason


def test_a_request_made_again_takes_effect_once_and_one_with_another_content_is_refused():
    office = Office()
    request = ClientRequest("k-1", NOON + timedelta(hours=24))
    office.tell(Note("a"), Note("a"), Note("b"), request=request)
    reports = office.work()

    assert office.words() == ["a"]
    assert sum(report.turns.repeats for report in reports) == 1
    (letter,) = office.open_letters()
    assert letter.kind is LetterKind.REFUSED
    assert "idempotency key 'k-1' was used for another message before" in letter.reason

    office.now += timedelta(hours=48)
    office.tell(Note("b"), request=ClientRequest("k-1", office.now + timedelta(hours=24)))
    office.work()
    assert office.words() == ["a", "b"], "a day after it has expired a key is free again"


def test_a_request_that_comes_after_its_key_has_expired_has_no_effect_and_is_counted():
    office = Office()
    office.tell(Note("a"), request=ClientRequest("k-1", NOON))
    reports = office.work()

    assert office.words() == []
    assert sum(report.turns.expired for report in reports) == 1


def test_the_key_of_a_request_that_is_made_again_is_remembered_as_long_as_its_last_copy():
    office = Office()
    for hours in (24, 47):
        office.tell(Note("a"), request=ClientRequest("k-1", NOON + timedelta(hours=hours)))
    office.work()
    office.now += timedelta(hours=70)
    office.tell(Note("a"), request=ClientRequest("k-1", NOON + timedelta(hours=94)))
    office.work()

    assert office.words() == ["a"]


def test_more_requests_than_the_item_has_room_for_are_still_known():
    office = Office(replace(CLERK, marks_in_item=4))
    for number in (*range(12), *range(12)):
        office.tell(Note(f"{number}"), request=ClientRequest(f"k-{number}", NOON + timedelta(hours=24)))
        office.work()

    assert office.words() == [f"{number}" for number in range(12)]
    assert len(office.record().requests) <= 4


@pytest.mark.parametrize("content", [None, b"[]", b"altered"])
def test_a_claim_whose_content_is_gone_or_altered_is_parked_and_the_others_go_on(content: bytes | None):
    office = Office()
    claim = claim_of(msgspec.json.encode([encode_message(Note("large"))]))
    if content is not None:
        office.ports.claims.contents[claim.sha256] = content
    office.ports.mailboxes.send([Frame(ANNA, (), claim=claim)])
    office.tell(Note("b"))
    office.work()

    assert office.words() == ["b"]
    (letter,) = office.open_letters()
    assert letter.claim == claim
    assert ("is gone" if content is None else "was altered") in letter.reason


def test_a_claim_is_fetched_before_its_messages_are_handled():
    office = Office()
    content = msgspec.json.encode([encode_message(Note("a")), encode_message(Note("b"))])
    office.ports.claims.put({claim_of(content): content})
    office.ports.mailboxes.send([Frame(ANNA, (), claim=Claim(claim_of(content).sha256, len(content)))])
    office.work()

    assert office.words() == ["a", "b"]


def test_a_periodic_reminder_tells_missed_ticks_as_one_and_stays_on_its_beat():
    minute = timedelta(minutes=1)
    office = Office(tasks={"tick": (Remind("tick", NOON + minute, Note("tick"), every=minute),)})
    office.tell(Task("tick"))
    office.work()
    office.now += timedelta(minutes=7, seconds=30)
    office.tell(Note("late"))
    office.work()

    assert office.words() == ["tick", "tick", "late"]
    assert office.record().timers["tick"].due == NOON + timedelta(minutes=8)


def test_a_reminder_that_always_fails_is_parked_and_a_periodic_one_keeps_its_beat():
    minute = timedelta(minutes=1)
    office = Office(tasks={"once": (Remind("once", NOON + minute, Stumble()),)})
    office.tell(Task("once"))
    office.work()
    office.pass_time(timedelta(minutes=10))

    assert office.record().timers == {}
    (letter,) = office.open_letters()
    assert letter.reason == "reminder 'once': RuntimeError: stumbled"


def test_two_lanes_share_an_agent_and_have_outboxes_of_their_own():
    office = Office()
    office.tell(Note("a"), Note("b"))
    office.tell(Note("now"), lane=Lane.CONTROL)
    office.work()

    assert office.words() == ["now", "a", "b"]
    assert set(office.record().lanes) == {"normal", "control"}


def told_to(office: Office, agent: ActorId) -> list[object]:
    """Decode what an agent that nobody runs was told."""
    types = {"ChildStarted": ChildStarted, "ChildExited": ChildExited}
    frames = [decode_frame(record.body, agent) for record in office.ports.mailboxes.waiting(agent.kind)]
    once = {frame.sender: frame.messages for frame in frames}
    return [msgspec.json.decode(one.data, type=types[one.type]) for messages in once.values() for one in messages]
