from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.behavior import UnknownMessageError
from lambdas.actors.codec import MessageFormatError, UnreadableValueError
from lambdas.actors.dead_letters import LetterKind
from lambdas.actors.draft import NewerSchemaError
from lambdas.actors.failures import MAX_ATTEMPTS
from lambdas.actors.frames import FrameFormatError
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.lanes import Lane
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import FleetEventRecord
from lambdas.actors.ports import CommitOutcome, CommitStatus, PortUnavailableError
from lambdas.actors.reach import OutOfReachError
from lambdas.actors.reply_to import ReplyToError
from lambdas.actors.turn_loop import (
    CONTROL_REDO_LIMIT,
    REDO_LIMIT,
    CommitFailedError,
    FenceLostError,
    FlushFailedError,
)
from tests.unit.actors.race_track import RaceTrack
from tests.unit.actors.relay_race import (
    COLLECTOR,
    NOON,
    RUNNER,
    RUNNER_BEHAVIOR,
    Burst,
    Carry,
    Do,
    Runner,
    Stumble,
)

OTHER_RUNNER = ActorId("runner", "other")
SECOND_COLLECTOR = ActorId("collector", "second")


@pytest.fixture
def track() -> RaceTrack:
    return RaceTrack()


def test_first_message_makes_the_agent_with_its_initial_state(track: RaceTrack):
    track.tell(Carry("a"))

    track.run()

    record = track.record()
    assert record.version == 1
    assert msgspec.json.decode(record.state or "", type=Runner) == Runner("r", ("a",))
    assert track.store.items[RUNNER]["listed"] == {"words": "1"}
    assert track.store.items[RUNNER]["kind_shard"].startswith("runner#0")
    assert track.record().committed_by == "turn-1"


def test_messages_of_one_delivery_are_one_commit_and_one_frame(track: RaceTrack):
    for word in "abc":
        track.tell(Carry(word))

    report = track.run()

    assert (report.messages, report.agents, report.commits) == (3, 1, 1)
    assert track.words() == ["a", "b", "c"]
    assert [len(frame.messages) for frame in track.frames()] == [3]
    assert track.arrived() == ["a", "b", "c"]


def test_a_turn_sends_one_frame_to_each_destination_in_the_order_first_told(track: RaceTrack):
    track.tell(Carry("a", to=(str(SECOND_COLLECTOR), str(COLLECTOR))))
    track.tell(Carry("b", to=(str(COLLECTOR),)))

    track.run()

    assert track.sequences(SECOND_COLLECTOR) == [1]
    assert track.sequences(COLLECTOR) == [2]
    assert track.arrived(COLLECTOR) == ["a", "b"]


def test_frames_are_numbered_on_from_turn_to_turn(track: RaceTrack):
    for word in "ab":
        track.tell(Carry(word))
        track.run()

    assert track.sequences() == [1, 2]


def test_effects_of_every_kind_leave_after_the_commit(track: RaceTrack):
    track.tell(Do("token"))

    report = track.run()

    assert track.arrived() == ["token"]
    assert track.events.published == [
        FleetEventRecord("runner/r/1/1", "Noticed", '{"word":"token","event_id":"runner/r/1/1"}'),
        FleetEventRecord("runner/r/1/2", "Noticed", '{"word":"token!","event_id":"runner/r/1/2"}'),
    ]
    assert track.tasks.answered == {"token": '{"ok":true}'}
    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [NOON + timedelta(minutes=5)]
    assert report.left == {"frames": 1, "wake_ups": 1, "events": 2, "answers": 1}


def test_event_ids_tell_versions_apart_and_stay_the_same_when_sent_again(track: RaceTrack):
    track.tell(Do("a"))
    track.run(acknowledges=False)
    track.run()
    track.tell(Do("b"))
    track.run()

    ids = [event.event_id for event in track.events.published]
    assert ids == ["runner/r/1/1", "runner/r/1/2"] * 2 + ["runner/r/2/1", "runner/r/2/2"]


def test_redelivery_is_not_handled_again_but_its_outbox_leaves_again(track: RaceTrack):
    track.tell(Carry("a"))
    track.run(acknowledges=False)

    report = track.run()

    assert (report.turns.duplicates, report.commits) == (1, 0)
    assert track.words() == ["a"]
    assert track.sequences() == [1, 1]
    assert track.record().version == 1


def test_fresh_message_behind_a_redelivery_carries_the_stored_outbox_in_front(track: RaceTrack):
    track.tell(Carry("a"))
    track.mailboxes.deaf = {COLLECTOR}
    track.run()
    track.mailboxes.deaf = set()
    track.tell(Carry("b"))

    report = track.run()

    assert (report.turns.duplicates, report.commits) == (1, 1)
    assert track.arrived() == ["a", "b"]
    assert track.stored_sequences() == [1, 2]


def test_fresh_message_alone_replaces_the_stored_outbox(track: RaceTrack):
    for word in "ab":
        track.tell(Carry(word))
        track.run()

    assert track.stored_sequences() == [2]


def frame_from(sender: str, lane: str, sequence: int, word: str) -> str:
    message = f'{{"type":"Carry","data":{{"word":"{word}"}}}}'
    return f'{{"to":"runner/r","messages":[{message}],"from":"{sender}","lane":"{lane}","seq":{sequence}}}'


def test_frame_sent_again_by_another_agent_has_no_effect_but_counts_as_handled(track: RaceTrack):
    for _ in range(2):
        track.mailboxes.put("runner/r", frame_from("runner/o", "normal", 7, "a"))

    first, second = track.run(limit=1), track.run(limit=1)

    assert (first.turns.repeats, second.turns.repeats) == (0, 1)
    assert track.words() == ["a"]
    assert track.record().version == 2
    assert track.record().marks["runner/o|normal|normal"].sequence == 7


def test_marks_are_kept_for_each_pair_of_lanes(track: RaceTrack):
    for lane in ("control", "normal"):
        track.mailboxes.put("runner/r", frame_from("runner/o", lane, 1, lane))

    track.run()

    assert track.words() == ["control", "normal"]
    assert set(track.record().marks) == {"runner/o|control|normal", "runner/o|normal|normal"}


def test_message_that_raises_ends_the_run_of_its_group_and_the_good_ones_before_it_are_committed(track: RaceTrack):
    for message in (Carry("a"), Stumble(), Carry("b")):
        track.tell(message)

    report = track.run()

    assert track.words() == ["a"]
    assert track.arrived() == ["a"]
    assert len(report.unhandled) == 2
    assert [str(failure.error) for failure in report.failures] == ["stumbled"]
    assert [record.message_id for record in track.mailboxes.waiting("runner")] == list(report.unhandled)


def test_message_that_raises_leaves_other_groups_untouched(track: RaceTrack):
    track.tell(Stumble())
    track.tell(Carry("b"), to=OTHER_RUNNER)

    report = track.run()

    assert track.words(OTHER_RUNNER) == ["b"]
    assert len(report.unhandled) == 1
    assert track.words() == []


def test_a_frame_that_raises_midway_keeps_what_was_handled_before(track: RaceTrack):
    track.mailboxes.tell_all([(RUNNER, Carry("a")), (RUNNER, Stumble()), (RUNNER, Carry("b"))], "")

    report = track.run()

    assert track.words() == ["a"]
    assert track.arrived() == ["a"]
    assert len(report.unhandled) == 1
    in_hand = track.record().lanes["normal"].in_hand
    assert in_hand is not None
    assert (in_hand.done, in_hand.attempts, in_hand.reason) == (1, 1, "RuntimeError: stumbled")


def test_an_effect_beyond_the_reach_of_its_kind_is_refused_before_anything_leaves(track: RaceTrack):
    track.tell(Burst())

    report = track.run()

    assert isinstance(report.failures[0].error, OutOfReachError)
    assert "'stranger'" in str(report.failures[0].error)
    assert (track.arrived(), track.events.published, track.tasks.answered) == ([], [], {})
    assert track.wake_ups.scheduled == []


def test_a_failed_first_message_counts_its_attempt_and_does_not_hold_up_timers(track: RaceTrack):
    track.tell(Do("a"))
    track.run()
    track.tell(Stumble())
    track.now = NOON + timedelta(minutes=10)

    report = track.run()

    assert (report.commits, report.turns.timers_fired) == (1, 1)
    assert track.record().version == 2
    assert track.words() == ["a", "a"]
    assert track.arrived()[-1] == "a"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("no json", FrameFormatError),
        ("[]", FrameFormatError),
        ('{"to":"runner/r"}', FrameFormatError),
        ('{"to":"runner/another","messages":[]}', FrameFormatError),
        ('{"to":"runner","messages":[]}', FrameFormatError),
        ('{"to":"runner/r","messages":[],"from":"runner/o"}', FrameFormatError),
        ('{"to":"runner/r","messages":[],"from":"nobody","lane":"normal","seq":1}', FrameFormatError),
        ('{"to":"runner/r","messages":[],"due":"2026-01-01T00:00:00"}', FrameFormatError),
        ('{"to":"runner/r","messages":[],"packed":"no base64!"}', FrameFormatError),
        ('{"to":"runner/r","messages":[],"packed":"AAAA"}', FrameFormatError),
        ('{"to":"runner/r","messages":[],"request":"k-1"}', FrameFormatError),
    ],
)
def test_what_is_no_frame_for_the_agent_is_refused_by_name(track: RaceTrack, body: str, error: type[Exception]):
    track.mailboxes.put("runner/r", body)
    track.tell(Carry("a"))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [error]
    assert report.unhandled == ()
    (letter,) = track.open_letters()
    assert (letter.kind, letter.body) == (LetterKind.REFUSED, body)
    assert error.__name__ in letter.reason
    assert track.words() == ["a"]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ('{"type":"Unheard","data":{}}', UnknownMessageError),
        ('{"type":"$unheard","data":{}}', UnknownMessageError),
        ('{"type":"$suspend","data":{}}', MessageFormatError),
        ('{"type":"Carry","data":{"word":1}}', MessageFormatError),
        ('{"type":"Carry","data":{}}', MessageFormatError),
        ('{"type":"Carry","data":{"word":"a"},"reply_to":"nobody"}', ReplyToError),
    ],
)
def test_a_message_the_agent_does_not_know_is_tried_and_then_parked(
    track: RaceTrack, message: str, error: type[Exception]
):
    track.mailboxes.put("runner/r", f'{{"to":"runner/r","messages":[{message}]}}')
    track.tell(Carry("b"))

    reports = [track.run() for _ in range(MAX_ATTEMPTS)]

    assert [len(report.unhandled) for report in reports] == [2] * (MAX_ATTEMPTS - 1) + [0]
    assert {type(failure.error) for report in reports for failure in report.failures} == {error}
    (letter,) = track.open_letters()
    assert (letter.kind, letter.attempts) == (LetterKind.PARKED, MAX_ATTEMPTS)
    assert track.words() == ["b"]


@pytest.mark.parametrize("address", ["nowhere", "collector/c", "runner/", "/r"])
def test_a_message_for_no_agent_of_the_kind_is_refused_and_leaves_others_untouched(track: RaceTrack, address: str):
    stray = MailboxRecord("m-stray", address, "runner", 1, "{}")
    good = MailboxRecord("m-good", "runner/r", "runner", 2, '{"to":"runner/r","messages":[]}')

    report = track.loop().handle([stray, good], NOON, "t")

    assert report.unhandled == ()
    assert set(track.store.items) == {RUNNER}
    (letter,) = track.open_letters()
    assert (letter.agent, letter.kind, letter.body) == (address, LetterKind.REFUSED, "{}")


def test_messages_of_an_agent_whose_frames_did_not_leave_all_come_again(track: RaceTrack):
    track.mailboxes.deaf = {SECOND_COLLECTOR}
    track.tell(Carry("a", to=(str(SECOND_COLLECTOR),)))
    track.tell(Do("b"))
    track.tell(Carry("c"), to=OTHER_RUNNER)

    report = track.run()

    assert len(report.unhandled) == 2
    assert [type(failure.error) for failure in report.failures] == [FlushFailedError]
    assert track.words() == ["a", "b"]
    assert track.words(OTHER_RUNNER) == ["c"]
    assert track.tasks.answered == {}, "a task must not complete before what was told before it has left"


def test_a_poison_message_and_a_failed_flush_send_each_message_back_once(track: RaceTrack):
    track.mailboxes.deaf = {COLLECTOR}
    for message in (Carry("a"), Stumble()):
        track.tell(message)

    report = track.run()

    assert sorted(report.unhandled) == ["m-1", "m-2"]


class RivalStore(InMemoryStateStore):
    """A store in which another turn of the runner commits first so many times."""

    def __init__(self, rivals: int) -> None:
        super().__init__()
        self.rivals = rivals
        self.loads = 0

    def load(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentItem]:
        self.loads += 1
        return super().load(agents)

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        if self.rivals:
            self.rivals -= 1
            rival = AgentRecord(RUNNER, version=items[0]["version"], state='{"key":"r"}', committed_by="rival")
            self.items[RUNNER] = to_item(rival)
        return super().commit(items)


@pytest.mark.parametrize(("lane", "redos"), [(Lane.NORMAL, REDO_LIMIT), (Lane.CONTROL, CONTROL_REDO_LIMIT)])
def test_a_command_is_done_again_more_often_than_an_everyday_message(lane: Lane, redos: int):
    track = RaceTrack(store=RivalStore(rivals=99))
    track.tell(Carry("a"))

    report = track.loop().handle(track.receive().records, NOON, "t", lane)

    assert (report.redone, len(report.unhandled)) == (redos, 1)


def test_a_turn_that_lost_the_fence_is_done_again_on_the_new_state():
    track = RaceTrack(store=RivalStore(rivals=1))
    track.tell(Carry("a"))

    report = track.run()

    assert (report.redone, report.commits, report.unhandled) == (1, 1, ())
    assert track.record().version == 2
    assert track.arrived() == ["a"]


def test_a_turn_gives_up_after_its_redos_and_sends_its_messages_back():
    store = RivalStore(rivals=100)
    track = RaceTrack(store=store)
    track.tell(Carry("a"))

    report = track.run()

    assert store.loads == 1 + REDO_LIMIT
    assert report.redone == REDO_LIMIT
    assert [type(failure.error) for failure in report.failures] == [FenceLostError]
    assert len(report.unhandled) == 1
    assert track.arrived() == []


def test_a_commit_of_ours_whose_answer_was_lost_counts_as_ours(track: RaceTrack):
    track.tell(Carry("a"))
    delivery = track.receive()
    commit = track.store.commit
    track.store.commit = lambda items: (commit(items), commit(items))[1]  # type: ignore[method-assign]

    report = track.loop().handle(delivery.records, NOON, "mine")

    assert (report.redone, report.commits, report.unhandled) == (0, 1, ())
    assert track.arrived() == ["a"]


def test_messages_whose_commit_failed_come_again_and_others_go_on(track: RaceTrack):
    commit = track.store.commit

    def throttled(items: Any) -> Any:
        outcomes = commit([item for item in items if item["agent"] != str(RUNNER)])
        return {**outcomes, RUNNER: CommitOutcome(CommitStatus.FAILED, "throttled")}

    track.store.commit = throttled  # type: ignore[method-assign]
    track.tell(Carry("a"))
    track.tell(Carry("b"), to=OTHER_RUNNER)

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [CommitFailedError]
    assert "throttled" in str(report.failures[0].error)
    assert track.arrived() == ["b"]
    assert len(report.unhandled) == 1


def test_a_commit_that_the_store_says_nothing_of_is_not_taken_for_done(track: RaceTrack):
    track.store.commit = lambda items: {}  # type: ignore[method-assign]
    track.tell(Carry("a"))

    report = track.run()

    assert len(report.unhandled) == 1
    assert track.arrived() == []


@pytest.mark.parametrize("operation", ["load", "commit"])
def test_all_messages_come_again_when_the_store_cannot_be_reached(track: RaceTrack, operation: str):
    def unavailable(_: Any) -> Any:
        raise PortUnavailableError("gone")

    setattr(track.store, operation, unavailable)
    track.tell(Carry("a"))
    track.tell(Carry("b"), to=OTHER_RUNNER)

    report = track.run()

    assert len(report.unhandled) == 2
    assert track.arrived() == []


def test_a_broken_item_fails_its_agent_alone(track: RaceTrack):
    track.store.items[RUNNER] = {"agent": "runner/r", "version": 1}
    track.tell(Carry("a"))
    track.tell(Carry("b"), to=OTHER_RUNNER)

    report = track.run()

    assert "runner/r" in str(report.failures[0].error)
    assert track.words(OTHER_RUNNER) == ["b"]


def test_a_state_that_does_not_fit_fails_its_agent_alone_and_is_not_overwritten(track: RaceTrack):
    track.tell(Carry("a"))
    track.run()
    track.store.items[RUNNER] = {**track.store.items[RUNNER], "state": '{"words":7}'}
    track.tell(Carry("b"))

    report = track.run()

    assert "runner" in str(report.failures[0].error)
    assert track.store.items[RUNNER]["state"] == '{"words":7}'


def test_a_state_of_newer_code_is_refused(track: RaceTrack):
    newer = RaceTrack(replace(RUNNER_BEHAVIOR, schema=2), store=track.store, mailboxes=track.mailboxes)
    track.tell(Carry("a"))
    newer.run()
    track.tell(Carry("b"))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [NewerSchemaError]
    assert track.store.items[RUNNER]["schema"] == 2


def test_a_state_that_could_not_be_read_again_is_not_written():
    def on_carry(runner: Runner, message: Carry, now: Any) -> Any:
        turn = RUNNER_BEHAVIOR.react(runner, message, now)
        return replace(turn, state=replace(turn.state, words=(float("nan"),)))  # type: ignore[arg-type]

    track = RaceTrack(replace(RUNNER_BEHAVIOR, reactions={Carry: on_carry}))
    track.tell(Carry("a"))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [UnreadableValueError]
    assert track.record().state is None


def test_messages_of_a_replaced_mailbox_are_fresh_though_their_numbers_begin_anew(track: RaceTrack):
    for word in "abc":
        track.tell(Carry(word))
    track.run()
    moved = MailboxRecord(
        "n-1", "runner/r", "runner-new", 1, '{"to":"runner/r","messages":[{"type":"Carry","data":{"word":"d"}}]}'
    )

    track.loop().handle([moved], NOON, "t")

    assert track.words() == ["a", "b", "c", "d"]
    assert track.record().lanes["normal"].queue == "runner-new"
    assert track.arrived() == ["a", "b", "c", "a", "b", "c", "d"], (
        "what the old mailbox still proved nothing of is carried"
    )


def test_nothing_is_kept_from_one_batch_to_the_next(track: RaceTrack):
    loop = track.loop()
    track.tell(Stumble())
    poisoned = track.receive()
    loop.handle(poisoned.records, NOON, "t-1")
    track.tell(Carry("b"), to=OTHER_RUNNER)
    good = track.receive()

    report = loop.handle(good.records, NOON, "t-2")

    assert (report.unhandled, report.failures) == ((), ())
