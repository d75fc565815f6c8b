"""Two releases for twelve devices, told once: eleven simulated ones, and one that is the real client in a process."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringtree_cli.answers import Deployment, Device, DeviceOutcome, Release

from lab.fleet_simulator.fleet_rules import FleetRules
from tests.live_system.bus_listener import BusListener
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually
from tests.live_system.real_device import RealDevice

if TYPE_CHECKING:
    from tests.conftest import Ringtree

RINGS = ("canary", "early", "broad")
PER_RING = 4

WHOLE = '#!/bin/sh\ntest "$(cat VERSION)" = "$RINGTREE_RELEASE" || { echo "VERSION says $(cat VERSION)"; exit 1; }\n'
FITS = '#!/bin/sh\ntest -s app/kiosk.txt || { echo "no app/kiosk.txt"; exit 1; }\n'


@dataclass(frozen=True, slots=True)
class Disk:
    """What lies on the real device's disk."""

    current: str | None
    version_file: str | None
    installs: Sequence[tuple[str, str | None]]
    """Kind and target of every switch, oldest first."""


@dataclass(frozen=True, slots=True)
class Told:
    """One release, its deployment, and all that could be seen when it had ended."""

    release: Release
    deployment: Deployment
    outcomes: Mapping[str, DeviceOutcome]
    devices: Mapping[str, Device]
    installs: Mapping[str, Sequence[tuple[str, str | None]]]
    """By simulated device: kind and target of every switch, oldest first."""
    disk: Disk


@dataclass(frozen=True, slots=True)
class Story:
    """The fleet, and both releases."""

    operations: Operations
    listener: BusListener
    rings: tuple[str, ...]
    real: str
    simulated: tuple[str, ...]
    failing: frozenset[str]
    """Devices of the first ring on which the second release is not healthy."""
    bystander: str
    """A device of another ring, killed at the beginning."""
    good: Told
    bad: Told

    @property
    def everyone(self) -> set[str]:
        """The twelve."""
        return {self.real, *self.simulated}


def tell(ringtree: "Ringtree", operations: Operations) -> Story:
    """Enrol, send both releases out, gather what can be seen; nothing of it runs any more when this answers."""
    names = operations.names
    listener = BusListener.on(ringtree.aws, ringtree.stack_output("EventBusName"))
    rings, (elsewhere,) = operations.make_rings(*RINGS), operations.make_rings("elsewhere")
    real, bystander = names.device("real"), names.device("bystander")
    places = {names.device(f"sim-{place:02}"): rings[place // PER_RING] for place in range(1, PER_RING * len(rings))}
    failing = frozenset(list(places)[1:3])
    bad_version = names.release("1.2.0")
    rules = FleetRules(unhealthy=lambda device_id, version: version == bad_version and device_id in failing)

    with ExitStack() as living:
        fleet = living.enter_context(
            LiveFleet(ringtree.device_url, ringtree.enrolment_token, {**places, bystander: elsewhere}, rules)
        )
        device = RealDevice.enrol(
            operations.folder / "real", ringtree.device_url, ringtree.enrolment_token, real, rings[0]
        )
        living.enter_context(device)
        operations.await_devices(elsewhere, 1)
        fleet.kill(bystander)
        for ring in rings:
            operations.await_devices(ring, PER_RING)

        stage = _Stage(operations, fleet, device, rings, tuple(places))
        good = stage.tell("1.1.0", batch_size=2, max_open_batches=2, minimum_sample=3)
        bad = stage.tell("1.2.0", batch_size=PER_RING, max_open_batches=1, minimum_sample=PER_RING)
        eventually(lambda: stage.is_heard_since(bad), "every device is heard after the end")
        assert not fleet.crashes()
    return Story(operations, listener, rings, real, tuple(places), failing, bystander, good, bad)


@dataclass(frozen=True, slots=True)
class _Stage:
    operations: Operations
    fleet: LiveFleet
    device: RealDevice
    rings: tuple[str, ...]
    simulated: tuple[str, ...]

    def tell(self, version: str, **policy: int) -> Told:
        files = {"app/kiosk.txt": b"Welcome.\n"}
        release = self.operations.publish(version, files=files, pre_install=FITS, health_check=WHOLE)
        deployment_id = self.operations.start(version.replace(".", "-"), release.version, self.rings, **policy)
        deployment = self.operations.end_of(deployment_id)
        devices = eventually(self._settled, "devices say what they run")
        return Told(
            release=release,
            deployment=deployment,
            outcomes=self.operations.outcomes(deployment_id),
            devices=devices,
            installs={device_id: self.fleet.install_log(device_id) for device_id in self.simulated},
            disk=Disk(
                self.device.current,
                self.device.version_file,
                [(line["kind"], line["target"]) for line in self.device.installs],
            ),
        )

    def is_heard_since(self, told: Told) -> bool:
        """Whether every device has sent a heartbeat after the deployment had ended."""
        ended = told.deployment.ended_at
        heard = [device.last_seen for ring in self.rings for device in self.operations.devices(ring)]
        return ended is not None and all(at is not None and at > ended for at in heard)

    def _settled(self) -> dict[str, Device] | None:
        """All devices, once the platform knows what each of them runs by its own log."""
        devices = {device.device_id: device for ring in self.rings for device in self.operations.devices(ring)}
        runs = {device_id: self.fleet.install_log(device_id)[-1][1] for device_id in self.simulated}
        runs[self.device.device_id] = self.device.version_file
        is_known = all(devices[device_id].running_release == release for device_id, release in runs.items())
        return devices if is_known else None
