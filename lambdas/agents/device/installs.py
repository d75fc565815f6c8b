"""How a device's agent reacts to what happens around an install."""

from dataclasses import replace
from datetime import datetime, timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.actors.effects import Send
from lambdas.actors.turn import Turn
from lambdas.agents.batch.messages import BatchPurpose, DeviceEnded
from lambdas.agents.device.messages import (
    InstallEnded,
    InstallProgressed,
    InstallRelease,
    RollBackRelease,
    WithdrawInstall,
)
from lambdas.agents.device.state import Device, DeviceDeployment, Withdrawal
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release

MESSAGE_LIFETIME = timedelta(days=14)
"""As long as a mailbox keeps a message: an offer that has not come by then never will."""


def on_install_release(device: Device, message: InstallRelease, now: datetime) -> Turn[Device]:
    """Offer the release to the device, or say why not. One that was called off before is called off at once."""
    called_off = next((one for one in device.withdrawals if one.deployment_id == message.deployment_id), None)
    if called_off is None:
        return _offered(device, message, now)
    awaited = tuple(one for one in device.withdrawals if one is not called_off)
    offered = _offered(replace(device, withdrawals=awaited), message, now)
    if offered.effects:
        return offered
    return on_withdraw_install(
        offered.state, WithdrawInstall(called_off.deployment_id, called_off.ends_as, called_off.reason), now
    )


def _offered(device: Device, message: InstallRelease, now: datetime) -> Turn[Device]:
    current = device.deployment
    if current is not None and current.deployment_id == message.deployment_id:
        return Turn(device)
    if device.work_in_hand is not None:
        reason = f"busy with deployment {device.work_in_hand.deployment_id}"
        return Turn(device, (_told(message.batch, device, InstallState.DEFERRED, reason),))

    offered = DeviceDeployment(
        message.deployment_id,
        BatchPurpose.INSTALL,
        message.batch,
        message.release,
        InstallState.OFFERED,
        updated_at=now,
        before=_running_release(device),
    )
    if device.running_release == message.release.version:
        reason = f"runs {message.release.version} already"
        done = replace(device, deployment=replace(offered, state=InstallState.DONE, reason=reason))
        return Turn(done, (_told(message.batch, device, InstallState.DONE, reason),))
    return Turn(replace(device, deployment=offered))


def on_withdraw_install(device: Device, message: WithdrawInstall, now: datetime) -> Turn[Device]:
    """Call the install off unless the device has begun to change what it runs; then its end decides.

    The word may come before the offer, which waits in another lane: it is kept until then.
    """
    if device.deployment is None or device.deployment.deployment_id != message.deployment_id:
        return Turn(_awaiting_offer(device, message, now))
    work = device.work_in_hand
    if work is None or work.purpose is not BatchPurpose.INSTALL:
        return Turn(device)
    if message.ends_as is not InstallState.SILENT and work.went_past_return:
        return Turn(device)

    withdrawn = replace(work, state=message.ends_as, reason=message.reason, updated_at=now)
    told = (
        () if message.ends_as is InstallState.SILENT else (_told(work.batch, device, message.ends_as, message.reason),)
    )
    return Turn(replace(device, deployment=withdrawn), told)


def _awaiting_offer(device: Device, message: WithdrawInstall, now: datetime) -> Device:
    """Keep the word for the offer. Of several for one deployment the first decides, as it does behind the offer."""
    awaited = tuple(one for one in device.withdrawals if now - one.at < MESSAGE_LIFETIME)
    if message.deployment_id not in (one.deployment_id for one in awaited):
        awaited = (*awaited, Withdrawal(message.deployment_id, message.ends_as, message.reason, now))
    return replace(device, withdrawals=awaited)


def on_install_progressed(device: Device, message: InstallProgressed, now: datetime) -> Turn[Device]:
    """Remember how far the device has come, also when it was called off in the meantime."""
    current = device.deployment
    if current is None or current.deployment_id != message.deployment_id:
        return Turn(device)

    moved = replace(current, went_past_return=current.went_past_return or message.state.is_past_return)
    if not current.state.is_final:
        moved = replace(moved, state=message.state, updated_at=now)
    return Turn(replace(device, deployment=moved))


def on_install_ended(device: Device, message: InstallEnded, now: datetime) -> Turn[Device]:
    """Take the device's word for how its install ended, and tell the batch."""
    current = device.deployment
    if current is None or current.deployment_id != message.deployment_id:
        return Turn(replace(device, running_release=message.running_release))
    if current.purpose is BatchPurpose.ROLL_BACK:
        return _rollback_ended(device, current, message, now)
    if current.state is message.outcome:
        return Turn(device)

    ended = replace(current, state=message.outcome, reason=message.reason, updated_at=now)
    seen = replace(device, running_release=message.running_release, deployment=ended)
    told = _told(current.batch, device, message.outcome, message.reason)
    if message.outcome is not InstallState.DONE:
        return Turn(seen, (told,))

    confirmed = replace(seen, installed=current.release, last_good=current.before)
    if current.state is InstallState.CANCELLED:
        confirmed = replace(confirmed, deployment=_way_back(current, current.batch, now))
    return Turn(confirmed, (told,))


def on_roll_back_release(device: Device, message: RollBackRelease, now: datetime) -> Turn[Device]:
    """Send the device back if it took the release, or may have while it could not be heard."""
    current = device.deployment
    is_same = current is not None and current.deployment_id == message.deployment_id
    runs_it = message.release.version in (device.running_release, device.installed and device.installed.version)
    if current is not None and is_same and (runs_it or _is_in_doubt(current)):
        return Turn(replace(device, deployment=_way_back(current, message.batch, now)))
    if not runs_it or device.work_in_hand is not None:
        reason = f"does not run {message.release.version}" if not runs_it else "has moved on to another deployment"
        return Turn(device, (_told(message.batch, device, InstallState.ROLLED_BACK, reason),))

    back = DeviceDeployment(
        message.deployment_id,
        BatchPurpose.ROLL_BACK,
        message.batch,
        device.last_good,
        InstallState.OFFERED,
        updated_at=now,
        before=device.last_good,
    )
    return Turn(replace(device, deployment=back))


def _rollback_ended(device: Device, current: DeviceDeployment, message: InstallEnded, now: datetime) -> Turn[Device]:
    """End a rollback when the device runs its last good release again; word of the install itself comes too late."""
    wanted = current.release.version if current.release else None
    seen = replace(device, running_release=message.running_release)
    if current.state.is_final:
        return Turn(seen)
    if message.outcome in (InstallState.DONE, InstallState.ROLLED_BACK) and message.running_release != wanted:
        return Turn(seen)

    is_back = message.running_release == wanted
    state = InstallState.ROLLED_BACK if is_back else InstallState.FAILED
    ended = replace(current, state=state, reason=message.reason, updated_at=now)
    told = _told(current.batch, device, state, message.reason)
    installed = current.release if is_back else device.installed
    return Turn(replace(seen, deployment=ended, installed=installed), (told,))


def _way_back(current: DeviceDeployment, batch: str, now: datetime) -> DeviceDeployment:
    """Undo a deployment on this device, whatever has become of it."""
    return DeviceDeployment(
        current.deployment_id,
        BatchPurpose.ROLL_BACK,
        batch,
        current.before,
        InstallState.OFFERED,
        updated_at=now,
        before=current.before,
    )


def _is_in_doubt(current: DeviceDeployment) -> bool:
    """Whether the device may run the release although it never said so."""
    return current.state is InstallState.SILENT or (current.went_past_return and not current.state.is_final)


def _running_release(device: Device) -> Release | None:
    """What the device runs now. A release that Ringtree did not bring is known by its version alone."""
    if device.running_release is None:
        return None
    if device.installed is not None and device.installed.version == device.running_release:
        return device.installed
    return Release(device.running_release, size_bytes=0, sha256="")


def _told(batch: str, device: Device, outcome: InstallState, reason: str) -> Send:
    return Send(ActorId.parse(batch), DeviceEnded(device.device_id, outcome, reason))
