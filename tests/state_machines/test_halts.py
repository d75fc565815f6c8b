"""What a ring rollout may have at work and waiting must fit into the one turn in which its analyst halts all of it."""

from datetime import UTC, datetime

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.codec import BehaviorCodec, encode_message
from lambdas.actors.draft import AgentKind
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.group_run import Group, LookedUp, read_group, run_group
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.reach import Reach
from lambdas.agents.registry import spec_of
from lambdas.agents.ring_analyst.messages import HaltRing
from lambdas.agents.ring_analyst.state import RingWatch
from lambdas.api.views.fields import REASON_LIMIT
from lambdas.fleet.batches import install_batch_key
from lambdas.fleet.plans import OPEN_BATCHES_LIMIT
from tests.state_machines.definitions import FOLDER, read, states

DEPLOYMENT, RING = "d" * 55, "r" * 24
BATCHES = 10_000
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def batches_at_once() -> int:
    """Children of the map of a ring that run at one time."""
    (map_state,) = [state for _, state in states(read(FOLDER / "ring_rollout.asl.json")) if state["Type"] == "Map"]
    return int(map_state["MaxConcurrency"])


def test_a_ring_has_room_for_all_batches_that_a_plan_may_open(batches_at_once):
    assert batches_at_once >= OPEN_BATCHES_LIMIT


@pytest.mark.parametrize("open_batches", [1, OPEN_BATCHES_LIMIT])
def test_a_halt_of_a_full_ring_with_long_names_and_reason_is_one_turn(batches_at_once, open_batches):
    numbers = range(BATCHES - batches_at_once, BATCHES)
    batches = tuple(f"batch/{install_batch_key(DEPLOYMENT, RING, number)}" for number in numbers)
    analyst, spec = ActorId("ring_analyst", f"{DEPLOYMENT}/{RING}"), spec_of("ring_analyst")
    watch = RingWatch(
        analyst.key, True, DEPLOYMENT, RING, open_batches=batches[:open_batches], waiting_batches=batches[open_batches:]
    )
    codec = BehaviorCodec(spec.behavior)
    reach = Reach(frozenset(spec.sends_to), publishes=spec.publishes, completes_tasks=spec.completes_tasks)
    loaded = AgentRecord(analyst, version=1, state=codec.encode_state(watch))
    halt = encode_frame(Frame(analyst, (encode_message(HaltRing("\u00fc" * REASON_LIMIT)),)))

    group = Group(analyst, (MailboxRecord("m-1", str(analyst), "ring_analyst", 1, halt),))
    kind = AgentKind(spec.behavior, codec, reach, "normal", is_journaled=True)
    run = run_group(kind, read_group(group, loaded, "normal"), LookedUp(), NOON, "token")

    assert (run.handled, run.failures) == (("m-1",), ())
    assert len(run.outbox.frames) == batches_at_once + 1, "every batch, and the deployment"
