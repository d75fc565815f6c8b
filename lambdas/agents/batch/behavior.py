"""How a batch reacts: it offers a release to its devices, counts how they end, and answers its supervisor."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import CancelReminder, CompleteTask, Effect, Remind, Send
from lambdas.actors.lanes import Lane
from lambdas.actors.turn import Turn
from lambdas.agents.batch.messages import (
    BatchPurpose,
    BatchTimedOut,
    DeviceEnded,
    HaltBatch,
    OpenBatch,
    ProceedBatch,
)
from lambdas.agents.batch.state import Batch, BatchPhase
from lambdas.agents.device.messages import InstallRelease, RollBackRelease, WithdrawInstall
from lambdas.agents.ring_analyst.messages import BatchClosed, BatchOpened, OutcomesReported
from lambdas.fleet.install_states import InstallState

TIMEOUT = "timeout"


def on_open_batch(batch: Batch, message: OpenBatch, now: datetime) -> Turn[Batch]:
    """Ask the analyst for leave to offer; a rollback needs none. A supervisor that asks again gets the same answer."""
    asked = replace(batch, task_token=message.task_token)
    if batch.phase is BatchPhase.CLOSED:
        return Turn(asked, (_answer(asked),))
    if batch.phase is not BatchPhase.UNOPENED:
        return Turn(asked)

    opened = replace(
        asked,
        deployment_id=message.deployment_id,
        ring=message.ring,
        number=message.number,
        purpose=message.purpose,
        release=message.release,
        devices=message.devices,
        timeout_seconds=message.timeout_seconds,
        phase=BatchPhase.WAITING,
    )
    if message.purpose is BatchPurpose.ROLL_BACK:
        return _begin(opened, now)
    return Turn(opened, (_to_analyst(opened, BatchOpened(batch.batch)),))


def on_proceed_batch(batch: Batch, _message: ProceedBatch, now: datetime) -> Turn[Batch]:
    """Offer the release to every device."""
    return _begin(batch, now) if batch.phase is BatchPhase.WAITING else Turn(batch)


def on_halt_batch(batch: Batch, message: HaltBatch, _now: datetime) -> Turn[Batch]:
    """Offer nothing more: devices never asked are cancelled here, the others are told."""
    if batch.phase is BatchPhase.RUNNING:
        return Turn(batch, _withdrawn(batch, InstallState.CANCELLED, message.reason))
    if batch.phase is not BatchPhase.WAITING:
        return Turn(batch)
    return _counted(batch, dict.fromkeys(batch.devices, InstallState.CANCELLED), message.reason)


def on_device_ended(batch: Batch, message: DeviceEnded, _now: datetime) -> Turn[Batch]:
    """Count the device's end; an end that turns out otherwise after the batch has closed still reaches the analyst."""
    if message.device_id not in batch.devices or batch.outcomes.get(message.device_id) is message.outcome:
        return Turn(batch)
    return _counted(batch, {message.device_id: message.outcome}, message.reason)


def on_batch_timed_out(batch: Batch, _message: BatchTimedOut, _now: datetime) -> Turn[Batch]:
    """Take the silence of a device for a failure. What is to be rolled back stays offered until the device is heard."""
    if batch.phase is not BatchPhase.RUNNING:
        return Turn(batch)

    reason = f"not heard of its end within {batch.timeout_seconds:g} s"
    told = _withdrawn(batch, InstallState.SILENT, reason) if batch.purpose is BatchPurpose.INSTALL else ()
    counted = _counted(batch, dict.fromkeys(batch.at_work, InstallState.SILENT), reason)
    return Turn(counted.state, (*told, *counted.effects))


def _begin(batch: Batch, now: datetime) -> Turn[Batch]:
    """Offer the release to, or take it from, every device, and start the clock."""
    if batch.release is None:
        return Turn(batch)
    offer = InstallRelease if batch.purpose is BatchPurpose.INSTALL else RollBackRelease
    message = offer(batch.deployment_id, batch.batch, batch.release)
    offers = (Send(ActorId("device", device_id), message) for device_id in batch.devices)
    timeout = Remind(TIMEOUT, now + timedelta(seconds=batch.timeout_seconds), BatchTimedOut())
    return Turn(replace(batch, phase=BatchPhase.RUNNING), (*offers, timeout))


def _counted(batch: Batch, ends: dict[str, InstallState], reason: str) -> Turn[Batch]:
    """Add the ends, tell the analyst what changed, and close when every device has ended."""
    well = (InstallState.DONE, InstallState.CANCELLED)
    known = {device: text for device, text in batch.reasons.items() if device not in ends}
    reasons = known | {device: reason for device, end in ends.items() if end not in well and reason}
    counted = replace(batch, outcomes={**batch.outcomes, **ends}, reasons=reasons)

    effects: list[Effect] = []
    if batch.purpose is BatchPurpose.INSTALL and ends:
        effects.append(_to_analyst(batch, OutcomesReported(counted.counts - batch.counts)))
    if counted.at_work or batch.phase is BatchPhase.CLOSED:
        return Turn(counted, tuple(effects))
    return Turn(replace(counted, phase=BatchPhase.CLOSED), (*effects, *_closing(counted)))


def _closing(batch: Batch) -> Iterable[Effect]:
    yield CancelReminder(TIMEOUT)
    if batch.purpose is BatchPurpose.INSTALL:
        yield _to_analyst(batch, BatchClosed(batch.batch))
    yield _answer(batch)


def _withdrawn(batch: Batch, ends_as: InstallState, reason: str) -> tuple[Effect, ...]:
    message = WithdrawInstall(batch.deployment_id, ends_as, reason)
    return tuple(Send(ActorId("device", device_id), message, Lane.CONTROL) for device_id in batch.at_work)


def _answer(batch: Batch) -> CompleteTask:
    return CompleteTask(batch.task_token, {"batch": batch.batch, "outcomes": asdict(batch.counts)})


def _to_analyst(batch: Batch, message: BatchOpened | OutcomesReported | BatchClosed) -> Send:
    return Send(ActorId("ring_analyst", f"{batch.deployment_id}/{batch.ring}"), message)


def _unopened(key: str) -> Batch:
    return Batch(batch=f"batch/{key}")


BEHAVIOR = Behavior(
    kind="batch",
    state_type=Batch,
    initial_state=_unopened,
    reactions={
        OpenBatch: on_open_batch,
        ProceedBatch: on_proceed_batch,
        HaltBatch: on_halt_batch,
        DeviceEnded: on_device_ended,
        BatchTimedOut: on_batch_timed_out,
    },
)
