"""What the turn loop records of its turns makes their versions again, whatever they were made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.behavior import Behavior
from lambdas.actors.claims import Claim, claim_of
from lambdas.actors.effects import Ask, HoldReply, Reject, Remind, Reply, Send
from lambdas.actors.in_memory.journal import InMemoryJournal
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.ports import InMemoryPorts
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.journal import JournalEntry, claims_named, entry_of
from lambdas.actors.journal_rebuild import Rebuilt, rebuild
from lambdas.actors.lanes import Lane
from lambdas.actors.ports import CommitOutcome
from lambdas.actors.system_messages import Reset, Resume, Suspend
from lambdas.actors.turn import Turn
from lambdas.actors.turn_inputs import TURN_INPUTS_LIMIT_BYTES, ToldByClaim
from tests.unit.actors.office import (
    ANNA,
    BERT,
    CLERK,
    LANES,
    NOON,
    Clerk,
    Note,
    Office,
    Stumble,
    Task,
    noted,
    on_answer,
)
from tests.unit.actors.recorded_life import incompressible, without_state

MINUTE = timedelta(minutes=1)


class FollowedStateStore(InMemoryStateStore):
    """A store whose commits are written to a journal, as the stream of the table tells them."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = InMemoryJournal()

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        outcomes = super().commit(items)
        self.journal.append([entry_of(item, NOON) for item in self.items.values()])
        return outcomes


@pytest.fixture
def office() -> Office:
    return Office(ports=InMemoryPorts(mailboxes=InMemoryMailboxes(lanes=LANES), store=FollowedStateStore()))


def on_task(clerk: Clerk, task: Task, _now: datetime) -> Turn[Clerk]:
    return Turn(noted(clerk, task.name))


REPLAYED: Behavior[Clerk] = replace(CLERK, reactions={Task: on_task, **CLERK.reactions})


def journal_of(office: Office, agent: ActorId) -> list[JournalEntry]:
    store = office.ports.store
    assert isinstance(store, FollowedStateStore)
    return list(store.journal.span(agent, 1, 1_000))


def claims_of(office: Office) -> dict[Claim, bytes]:
    return {claim_of(content): content for content in office.ports.claims.contents.values()}


def check_every_version(office: Office, *agents: ActorId) -> None:
    """Each is rebuilt from the initial state, without any stored one, and from the latest stored one."""
    for agent in agents:
        entries = journal_of(office, agent)
        assert [entry.version for entry in entries] == list(range(1, office.record(agent).version + 1))
        bare = [entry if entry.turn is None else without_state(entry) for entry in entries]
        for entry in entries:
            whole = rebuild(REPLAYED, agent, bare, entry.version, claims_of(office))
            assert isinstance(whole, Rebuilt), whole
            assert (whole.is_compared, whole.state) == (True, entry.state or whole.state)
            near = rebuild(REPLAYED, agent, entries[max(0, entry.version - 2) :], entry.version, claims_of(office))
            assert isinstance(near, Rebuilt), near


def test_messages_reminders_and_answers_are_recorded_as_they_took_effect(office: Office):
    question = Ask(BERT, Task("answer"), MINUTE, then=on_answer)
    office.tasks = {
        "ask": (question,),
        "remind": (Remind("tea", NOON + MINUTE, Note("tea time"), every=MINUTE),),
        "answer": (Reply(Note("yes")),),
    }
    office.tell(Note("one"), Note("two"), Task("ask"), Task("remind"))
    office.work()
    office.tasks["answer"] = (Reject("no"),)
    office.tell(Task("ask"))
    office.work()
    office.tasks["answer"] = (HoldReply("later"),)
    office.tell(Task("ask"))
    office.pass_time(5 * MINUTE)

    assert {"heard yes", "refused: no", "heard nothing", "tea time"} <= set(office.words())
    check_every_version(office, ANNA, BERT)


def test_what_is_parked_held_and_come_back_is_recorded_when_it_takes_effect(office: Office):
    office.tell(Note("one"), Stumble(), Note("two"))
    office.work()
    office.tell(Suspend("maintenance"), lane=Lane.CONTROL)
    office.work()
    office.tell(Note("three"), Note("four"))
    office.work()
    assert list(office.words()) == ["one", "two"]
    office.tell(Resume("done"), lane=Lane.CONTROL)
    office.work()

    assert list(office.words()) == ["one", "two", "three", "four"]
    check_every_version(office, ANNA)


def test_a_new_incarnation_is_recorded(office: Office):
    office.tell(Note("one"), Note("two"))
    office.work()
    office.tell(Reset("begin anew"), lane=Lane.CONTROL)
    office.work()
    office.tell(Note("three"))
    office.work()

    assert list(office.words()) == ["three"]
    check_every_version(office, ANNA)


def test_an_agent_that_was_suspended_before_it_was_told_anything_can_be_rebuilt(office: Office):
    office.tell(Suspend("not yet"), lane=Lane.CONTROL)
    office.work()
    office.tell(Note("one"))
    office.work()
    office.tell(Resume("now"), lane=Lane.CONTROL)
    office.work()

    assert list(office.words()) == ["one"]
    check_every_version(office, ANNA)


def test_messages_that_came_as_a_claim_are_recorded_by_it(office: Office):
    long_words = [incompressible(90_000)[place:] for place in range(4)]
    office.tasks = {"talk": tuple(Send(BERT, Note(word)) for word in long_words)}
    office.tell(Task("talk"))
    office.work()

    entries = journal_of(office, BERT)
    assert list(office.words(BERT)) == long_words
    assert claims_named(entries) <= set(claims_of(office))
    assert [
        made.types for entry in entries if entry.turn for made in entry.turn.inputs if isinstance(made, ToldByClaim)
    ]
    check_every_version(office, ANNA, BERT)


def test_a_turn_that_was_told_too_much_keeps_its_state_instead(office: Office):
    long_word = incompressible(TURN_INPUTS_LIMIT_BYTES // 2)
    office.tell(Note(long_word), Note(long_word), Note("short"))
    office.run()
    office.tell(Note("last"))
    office.work()

    first, second = journal_of(office, ANNA)
    assert (first.turn, first.is_whole) == (None, True)
    assert second.turn is not None
    check_every_version(office, ANNA)
