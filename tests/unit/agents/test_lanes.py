"""A command that overtakes the message it concerns ends in the same state as one that came behind it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from lambdas.actors.effects import CompleteTask, Send
from lambdas.actors.lanes import Lane
from lambdas.agents.batch.messages import BatchPurpose, DeviceEnded, HaltBatch, OpenBatch, ProceedBatch
from lambdas.agents.batch.state import Batch, BatchPhase
from lambdas.agents.deployment.messages import AbortDeployment, EnterRing, OpenDeployment, PauseDeployment
from lambdas.agents.deployment.state import Deployment, DeploymentStatus
from lambdas.agents.device.installs import MESSAGE_LIFETIME
from lambdas.agents.device.messages import InstallProgressed, InstallRelease, RollBackRelease, WithdrawInstall
from lambdas.agents.device.state import Device
from lambdas.agents.registry import spec_of
from lambdas.agents.ring_analyst.messages import BatchOpened, HaltRing, JudgeRing, OpenRing, PauseRing, ResumeRing
from lambdas.agents.ring_analyst.state import RingVerdict, RingWatch
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.plans import RingPolicy, RolloutPlan
from lambdas.fleet.releases import Release

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RELEASE = Release("1.1.0", 1000, "a" * 64)
INSTALL = InstallRelease("dep", "batch/dep/canary/0", RELEASE)
WITHDRAW = WithdrawInstall("dep", InstallState.CANCELLED, "halted")
OPEN_RING = OpenRing("dep", "canary", 4, 1, RingPolicy(max_open_batches=2))
RING_BATCH = BatchOpened("batch/dep/canary/0")
OPEN_BATCH = OpenBatch("dep", "canary", 0, BatchPurpose.INSTALL, RELEASE, ("d-1", "d-2"), 3600, "token")


def told(kind: str, state: Any, *messages: Any, now: datetime = NOON) -> tuple[Any, list[Any]]:
    """The state after messages, and all effects on the way."""
    effects: list[Any] = []
    for message in messages:
        turn = spec_of(kind).behavior.react(state, message, now)
        state = turn.state
        effects += turn.effects
    return state, effects


def sent(effects: Sequence[Any]) -> list[Any]:
    return sorted((effect.message for effect in effects if isinstance(effect, Send)), key=repr)


# Devices.


@pytest.mark.parametrize("ends_as", [InstallState.CANCELLED, InstallState.SILENT])
@pytest.mark.parametrize(
    "device",
    [
        Device("d-1"),
        Device("d-1", running_release="1.0.0"),
        Device("d-1", running_release="1.1.0"),
        told("device", Device("d-1"), replace(INSTALL, deployment_id="other"))[0],
        told("device", Device("d-1"), replace(INSTALL, deployment_id="past"), replace(WITHDRAW, deployment_id="past"))[
            0
        ],
    ],
    ids=["new", "runs another", "runs it already", "busy", "had one before"],
)
def test_an_install_withdrawn_before_it_was_offered_ends_as_one_withdrawn_behind(device: Device, ends_as: InstallState):
    withdraw = replace(WITHDRAW, ends_as=ends_as)

    behind, told_behind = told("device", device, INSTALL, withdraw)
    before, told_before = told("device", device, withdraw, INSTALL)

    assert replace(before, withdrawals=()) == replace(behind, withdrawals=())
    assert before.withdrawals == ()
    assert told_before == told_behind


def test_a_device_never_begins_an_install_that_was_withdrawn_before():
    device, effects = told("device", Device("d-1"), WITHDRAW, INSTALL)

    assert device.work_in_hand is None
    assert sent(effects) == [DeviceEnded("d-1", InstallState.CANCELLED, "halted")]


def test_only_the_deployment_that_was_withdrawn_is_called_off():
    device, _ = told("device", Device("d-1"), WITHDRAW, replace(INSTALL, deployment_id="next"))

    assert device.work_in_hand is not None
    assert device.work_in_hand.deployment_id == "next"


def test_the_first_of_several_words_before_the_offer_decides_as_it_does_behind_it():
    silent = replace(WITHDRAW, ends_as=InstallState.SILENT)

    before, _ = told("device", Device("d-1"), WITHDRAW, silent, INSTALL)
    behind, _ = told("device", Device("d-1"), INSTALL, WITHDRAW, silent)

    assert before == behind
    assert behind.deployment is not None
    assert behind.deployment.state is InstallState.CANCELLED


def test_a_withdrawal_for_which_no_offer_can_come_any_more_is_forgotten():
    device, _ = told("device", Device("d-1"), WITHDRAW)
    other = replace(WITHDRAW, deployment_id="other")

    just_kept, _ = told("device", device, other, now=NOON + MESSAGE_LIFETIME - timedelta(seconds=1))
    forgotten, _ = told("device", device, other, now=NOON + MESSAGE_LIFETIME)

    assert [one.deployment_id for one in just_kept.withdrawals] == ["dep", "other"]
    assert [one.deployment_id for one in forgotten.withdrawals] == ["other"]


def test_a_withdrawal_that_waits_for_its_offer_does_not_hinder_a_rollback():
    took, _ = told("device", Device("d-1", running_release="1.1.0"), replace(WITHDRAW, deployment_id="dep"))

    back, _ = told("device", took, RollBackRelease("dep", "batch/dep/canary/rollback/0", RELEASE))

    assert back.work_in_hand is not None
    assert back.work_in_hand.purpose is BatchPurpose.ROLL_BACK


def test_a_device_past_the_point_of_no_return_goes_on_as_before():
    progressed = InstallProgressed("dep", InstallState.INSTALLING)
    device, effects = told("device", Device("d-1"), INSTALL, progressed, WITHDRAW)

    assert device.work_in_hand is not None
    assert sent(effects) == []
    assert device.withdrawals == ()


# Analysts of rings.


@pytest.mark.parametrize("order", list(permutations([OPEN_RING, HaltRing("stop"), RING_BATCH, JudgeRing("judge")])))
def test_a_ring_halted_before_it_was_opened_is_a_halted_ring(order: Sequence[Any]):
    expected, _ = told("ring_analyst", RingWatch("dep/canary"), OPEN_RING, HaltRing("stop"), RING_BATCH)

    watch, effects = told("ring_analyst", RingWatch("dep/canary"), *order)

    assert replace(watch, task_token="", open_batches=()) == expected
    assert watch.verdict is RingVerdict.ABORTED
    assert [message.verdict for message in sent(effects) if hasattr(message, "verdict")] == ["aborted"]
    assert HaltBatch("stop") in sent(effects)
    assert [effect.output["verdict"] for effect in effects if isinstance(effect, CompleteTask)] == ["aborted"]


@pytest.mark.parametrize("order", list(permutations([OPEN_RING, PauseRing(), RING_BATCH])))
def test_a_ring_paused_before_it_was_opened_lets_no_batch_in(order: Sequence[Any]):
    watch, effects = told("ring_analyst", RingWatch("dep/canary"), *order)
    is_let_in_before = order.index(PauseRing()) == 2

    assert (ProceedBatch() in sent(effects)) is is_let_in_before
    resumed, effects = told("ring_analyst", watch, ResumeRing())
    assert (ProceedBatch() in sent(effects)) is not is_let_in_before
    assert resumed.open_batches == (RING_BATCH.batch,)


def test_a_pause_that_was_over_before_the_ring_was_opened_leaves_no_trace():
    plain, _ = told("ring_analyst", RingWatch("dep/canary"), OPEN_RING, RING_BATCH)

    watch, effects = told("ring_analyst", RingWatch("dep/canary"), PauseRing(), ResumeRing(), OPEN_RING, RING_BATCH)

    assert watch == plain
    assert sent(effects) == [ProceedBatch()]


def test_an_analyst_halts_only_batches_that_asked_so_a_halt_cannot_overtake_the_opening_of_one():
    watch, _ = told("ring_analyst", RingWatch("dep/canary"), OPEN_RING, RING_BATCH)

    _, effects = told("ring_analyst", watch, HaltRing("stop"))

    assert [
        str(effect.to) for effect in effects if isinstance(effect, Send) and effect.message == HaltBatch("stop")
    ] == [RING_BATCH.batch]


# Batches.


def test_a_batch_halted_before_it_was_let_in_offers_nothing_and_ends_with_every_device_cancelled():
    waiting, _ = told("batch", Batch("batch/dep/canary/0"), OPEN_BATCH)

    halted, effects = told("batch", waiting, HaltBatch("stop"), ProceedBatch())

    assert halted.phase is BatchPhase.CLOSED
    assert set(halted.outcomes.values()) == {InstallState.CANCELLED}
    assert not [effect for effect in effects if isinstance(effect, Send) and effect.to.kind == "device"]

    running, _ = told("batch", waiting, ProceedBatch(), HaltBatch("stop"))
    ends = [DeviceEnded(device, InstallState.CANCELLED, "stop") for device in running.devices]
    behind, _ = told("batch", running, *ends)
    assert behind == halted


# Deployments.


@pytest.mark.parametrize("command", [AbortDeployment("bad", "ops"), PauseDeployment("wait", "ops")])
def test_a_command_before_a_ring_is_entered_is_obeyed_when_it_is(command: Any):
    opened, _ = told(
        "deployment", Deployment("dep"), OpenDeployment("1.1.0", RolloutPlan(("canary",), RingPolicy()), "ops")
    )

    state, effects = told("deployment", opened, command, EnterRing("canary", 4, 1, "enter"))

    assert not [message for message in sent(effects) if isinstance(message, OpenRing)]
    if isinstance(command, AbortDeployment):
        assert state.status is DeploymentStatus.ABORTING
        assert CompleteTask("enter", {"answer": "abort"}) in effects
    else:
        assert state.pending_entry is not None


# Who uses which lane.

COMMANDS = (HaltBatch, HaltRing, PauseRing, ResumeRing, WithdrawInstall)


def test_commands_travel_in_the_control_lane_and_all_else_in_the_normal_one():
    entered, first = told(
        "deployment",
        Deployment("dep"),
        OpenDeployment("1.1.0", RolloutPlan(("canary",), RingPolicy()), "ops"),
        EnterRing("canary", 4, 1, "enter"),
    )
    _, second = told("deployment", entered, PauseDeployment("wait", "ops"))
    _, third = told("deployment", entered, AbortDeployment("bad", "ops"))
    _, fourth = told("ring_analyst", RingWatch("dep/canary"), OPEN_RING, RING_BATCH, HaltRing("stop"), RING_BATCH)
    _, fifth = told("batch", Batch("batch/dep/canary/0"), OPEN_BATCH, ProceedBatch(), HaltBatch("stop"))
    sends = [effect for effect in (*first, *second, *third, *fourth, *fifth) if isinstance(effect, Send)]

    assert {type(send.message) for send in sends if send.lane is Lane.CONTROL} >= {HaltBatch, HaltRing, PauseRing}
    for send in sends:
        assert send.lane is (Lane.CONTROL if isinstance(send.message, COMMANDS) else Lane.NORMAL), send
        assert send.lane in spec_of(send.to.kind).lanes
