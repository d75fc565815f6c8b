"""The product's function under kill -9: whatever dies when, every message takes effect once and in order."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from lab.embedded_aws.emulator import EmbeddedAws
from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.answers import Outcome
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame
from lambdas.actors.lanes import Lane
from lambdas.actors.ports import PromiseRecord
from lambdas.actors.reply_to import ReplyTo
from lambdas.actors.system_messages import Resume, Suspend
from lambdas.aws.dynamodb_promise_store import DynamoDBPromiseStore
from lambdas.aws.sqs_mailbox import SQSMailbox
from tests.live_system.patience import eventually
from tests.live_system.storm.killer import Killer, killing
from tests.live_system.storm.mortal_function import AFTER, BEFORE, HALFWAY
from tests.live_system.storm.peers import ASK_TIMEOUT, STRIDES, Begin, Halt, Note, Question, Stumble, receiver
from tests.live_system.storm.rig import Mutation, Rig, deploy

PEERS, TOKENS, STEPS = 200, 5, 20
APPLIED = PEERS * TOKENS * STEPS
"""20,000 messages: each step of each token is one."""
KILLS = 30
BUDGET_SECONDS = 90.0
SEED = 20261120


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("orders")


@pytest.fixture(scope="module")
def rig(embedded_aws: EmbeddedAws, orders: Path) -> Iterator[Rig]:
    rig = deploy(embedded_aws, orders)
    yield rig
    for mailbox in rig.mailboxes:
        rig.open(mailbox, is_open=False)


def new_peer(kind: str = "peer") -> ActorId:
    return ActorId(kind, f"{uuid4().hex[:8]}-0")


def begin(place: int, tokens: int, steps: int, circle: int) -> Begin:
    return Begin(circle, STRIDES[place % len(STRIDES)], tokens, steps)


def visits(prefix: str, circle: int, tokens: int, steps: int) -> Counter[str]:
    """How many tokens each peer must have taken when all have gone their way."""
    expected: Counter[str] = Counter()
    for place in range(circle):
        key = f"{prefix}-{place}"
        for _ in range(steps):
            key = receiver(key, circle, STRIDES[place % len(STRIDES)])
            expected[key] += tokens
    return expected


def test_a_storm_leaves_every_counter_exactly_right(rig: Rig, record_property):
    prefix = uuid4().hex[:8]
    killer = Killer(rig.workers("peer"), lambda: rig.applied("peer", prefix), APPLIED, KILLS, SEED)
    began = time.monotonic()

    rig.tell((ActorId("peer", f"{prefix}-{place}"), (begin(place, TOKENS, STEPS, PEERS),)) for place in range(PEERS))
    with killing(killer):
        eventually(
            lambda: rig.applied("peer", prefix) >= APPLIED,
            f"{APPLIED} messages are applied",
            within_seconds=2 * BUDGET_SECONDS,
        )
    took = time.monotonic() - began
    eventually(lambda: rig.waiting("peer") == 0, "the mailbox is empty", within_seconds=60)

    lost = rig.workers("peer").batches_lost()
    told = f"{APPLIED / took:.0f} messages/s; {killer.killed} workers killed, {lost} of them at work"
    record_property("storm", told)
    peers = rig.peers("peer", prefix)
    assert {key: peer.applied for key, peer in peers.items()} == visits(prefix, PEERS, TOKENS, STEPS)
    assert {key: peer.disorder for key, peer in peers.items() if peer.disorder} == {}
    assert rig.open_letters(prefix) == {}
    assert killer.killed == KILLS
    assert lost >= KILLS / 2, "too few workers died with messages in hand for this to prove anything"
    assert took < BUDGET_SECONDS, told


@pytest.mark.parametrize("instant", [BEFORE, HALFWAY, AFTER])
def test_a_worker_killed_while_it_sends_loses_nothing_and_doubles_nothing(rig: Rig, orders: Path, instant: str):
    prefix, circle, tokens, steps = uuid4().hex[:8], 10, 2, 6
    order = orders / instant
    order.touch()

    rig.tell((ActorId("peer", f"{prefix}-{place}"), (begin(place, tokens, steps, circle),)) for place in range(circle))

    expected = visits(prefix, circle, tokens, steps)
    eventually(
        lambda: rig.applied("peer", prefix) >= expected.total(),
        "all tokens have arrived",
        within_seconds=60,
    )
    eventually(lambda: rig.waiting("peer") == 0, "the mailbox is empty")
    assert not order.exists(), "no worker was killed"
    peers = rig.peers("peer", prefix)
    assert {key: peer.applied for key, peer in peers.items()} == expected
    assert not [peer for peer in peers.values() if peer.disorder]
    assert rig.open_letters(prefix) == {}


NO_FLUSH_AGAIN = Mutation(
    "lambdas/actors/group_run.py",
    "GroupRun(handled=duplicates, outbox=read.carried,",
    "GroupRun(handled=duplicates, outbox=Outbox(),",
)
NO_SEQUENCE_FILTER = Mutation(
    "lambdas/actors/group_run.py", "last_handled = 0 if has_moved else stands.handled", "last_handled = 0"
)


@pytest.mark.parametrize(("mutation", "instant"), [(NO_FLUSH_AGAIN, BEFORE), (NO_SEQUENCE_FILTER, AFTER)])
def test_the_rig_notices_a_runtime_that_does_it_wrong(
    embedded_aws: EmbeddedAws, tmp_path: Path, mutation: Mutation, instant: str
):
    prefix, circle, tokens, steps = uuid4().hex[:8], 10, 2, 6
    mutant = deploy(embedded_aws, tmp_path, mutation)
    (tmp_path / instant).touch()

    mutant.tell(
        (ActorId("peer", f"{prefix}-{place}"), (begin(place, tokens, steps, circle),)) for place in range(circle)
    )

    eventually(lambda: not (tmp_path / instant).exists(), "a worker was killed")
    eventually(lambda: mutant.waiting("peer") == 0, "the mailbox is empty", within_seconds=60)
    assert {key: peer.applied for key, peer in mutant.peers("peer", prefix).items()} != visits(
        prefix, circle, tokens, steps
    )
    for mailbox in mutant.mailboxes:
        mutant.open(mailbox, is_open=False)


def test_a_command_overtakes_a_thousand_reports(rig: Rig):
    peer, reports = new_peer(), 1_000
    rig.warm_up("peer", workers=2)
    rig.open("peer", is_open=False)
    rig.tell((peer, (Note(str(number)),)) for number in range(reports))
    rig.open("peer", is_open=True)
    eventually(lambda: rig.peer(peer).noted > 0, "the backlog is being worked off")

    rig.tell([(peer, (Halt(),))], Lane.CONTROL)

    eventually(lambda: rig.peer(peer).noted == reports, "the backlog is worked off", within_seconds=60)
    halted_at = rig.peer(peer).halted_at
    assert halted_at is not None
    assert halted_at < reports / 2
    assert rig.peer(peer).notes == tuple(str(number) for number in range(reports - 100, reports))


def test_a_poison_message_is_parked_and_others_go_on(rig: Rig):
    poisoned, other = new_peer(), new_peer()
    rig.tell(
        [
            (poisoned, (Note("a"), Stumble(), Note("b"))),
            (poisoned, (Note("c"),)),
            (other, (Note("x"),)),
        ]
    )

    eventually(lambda: rig.peer(other).notes == ("x",), "the other goes on at once", within_seconds=3)
    eventually(lambda: rig.peer(poisoned).notes == ("a", "b", "c"), "the rest is handled in order")
    (letter,) = eventually(lambda: rig.letters.list(str(poisoned), 10).letters, "the message is a dead letter")
    assert letter.letter.message_types == ("Stumble",)
    assert "stumbled" in letter.letter.reason


def test_what_was_held_is_handled_in_order_after_the_resumption(rig: Rig):
    soldier, notes = new_peer("soldier"), 45
    rig.tell([(soldier, (Suspend("an operator said so"),))], Lane.CONTROL)
    eventually(lambda: (found := rig.record(soldier)) and found.status is AgentStatus.SUSPENDED, "it is suspended")
    rig.tell((soldier, (Note(str(number)),)) for number in range(30))
    eventually(lambda: (found := rig.record(soldier)) and found.holding.held == 30, "all are held")
    assert rig.peer(soldier).notes == ()

    rig.tell([(soldier, (Resume("go on"),))], Lane.CONTROL)
    rig.tell((soldier, (Note(str(number)),)) for number in range(30, notes))

    eventually(lambda: rig.peer(soldier).noted == notes, "all are handled", within_seconds=60)
    assert rig.peer(soldier).notes == tuple(map(str, range(notes)))
    eventually(lambda: (found := rig.record(soldier)) and found.status is AgentStatus.RUNNING, "it runs again")


def test_an_agent_that_fails_is_suspended_and_loses_nothing(rig: Rig):
    soldier = new_peer("soldier")
    rig.tell([(soldier, (Note("a"), Stumble(), Note("b"))), (soldier, (Note("c"),))])

    record = eventually(
        lambda: (found := rig.record(soldier)) and found.status is AgentStatus.SUSPENDED and found, "it is suspended"
    )

    assert "stumbled" in record.status_reason
    assert rig.peer(soldier).notes == ("a",)
    eventually(lambda: rig.waiting("soldier") == 0, "nothing of it waits in the mailbox")
    held = rig.letters.held(str(soldier), 1, 10)
    assert len(held) >= 2
    assert [name for one in held for name in one.letter.message_types] == ["Stumble", "Note", "Note"]


def test_a_question_from_outside_is_answered_once(rig: Rig):
    peer, promise = new_peer(), uuid4().hex
    promises = DynamoDBPromiseStore(rig.aws.client("dynamodb"), rig.runtime_records)
    mailbox = SQSMailbox(rig.aws.client("sqs"), rig.mailboxes)
    deadline = datetime.now(UTC) + ASK_TIMEOUT
    rig.tell([(peer, (Note("a"), Note("b")))])
    assert promises.make(PromiseRecord(promise, str(peer), "Question", deadline), "digest")

    question = encode_message(Question())
    asked = type(question)(question.type, question.data, str(ReplyTo.promise(promise)), deadline)
    mailbox.post(Frame(peer, (asked,)), promise)

    answer = eventually(
        lambda: (kept := promises.get(promise, datetime.now(UTC))) and kept.answer, "the question is answered"
    )
    assert answer.outcome is Outcome.REPLIED
    assert bytes(answer.value) == b"2"
