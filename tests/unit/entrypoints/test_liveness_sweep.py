"""The sweep: silence is found once, and never where a device was heard since."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.in_memory.lease_store import InMemoryLeaseStore
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.entrypoints import heartbeat_recorder, liveness_sweep
from lambdas.entrypoints.liveness_sweep import LEASE, sweep, sweep_alone
from lambdas.fleet.device_samples import DeviceSample, DueLease, LatestSample, lease_end
from lambdas.fleet.events import DeviceOffline
from lambdas.fleet.in_memory.device_metrics import InMemoryDeviceMetrics
from lambdas.fleet.in_memory.ways_out import InMemoryEventBus
from lambdas.fleet.vitals import Vitals
from lambdas.wiring.liveness_sweep import SweepPorts
from tests.unit.entrypoints.aws_in_process import AwsInProcess

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INTERVAL = timedelta(seconds=60)


class Watch:
    def __init__(self) -> None:
        self.now = NOON
        self.metrics = InMemoryDeviceMetrics()
        self.mailboxes = InMemoryMailboxes(drops_repeats=True)
        self.bus = InMemoryEventBus()
        self.leases = InMemoryLeaseStore()
        self.ports = SweepPorts(self.metrics, self.mailboxes, self.bus, lambda: self.now, self.leases, INTERVAL)

    def hear(self, device_id: str) -> LatestSample:
        lease = lease_end(self.now, INTERVAL)
        sample = DeviceSample(device_id, self.now, self.now, "b", None, False, Vitals(1, 2, 3), lease)
        latest = self.metrics.record([sample])[device_id]
        self.metrics.mark_announced(latest)
        return latest

    def sweep_at(self, seconds: float) -> int:
        self.now = NOON + timedelta(seconds=seconds)
        silent, is_finished = sweep(self.ports, lambda: True)
        assert is_finished
        return silent

    @property
    def told(self) -> list[str]:
        frames = [msgspec.json.decode(record.body) for record in self.mailboxes.waiting()]
        return [frame["to"] for frame in frames if frame["messages"][0]["type"] == "DeviceFellSilent"]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_device_is_silent_after_three_missed_heartbeats(watch: Watch) -> None:
    watch.hear("d-1")

    assert watch.sweep_at(179) == 0
    assert watch.sweep_at(181) == 1

    assert watch.told == ["device/d-1"]
    assert list(watch.bus.published.values()) == [DeviceOffline("d-1", NOON, watch.now)]
    assert not watch.metrics.latest(["d-1"])["d-1"].is_online


def test_silence_is_found_once(watch: Watch) -> None:
    watch.hear("d-1")

    assert [watch.sweep_at(200), watch.sweep_at(260), watch.sweep_at(9999)] == [1, 0, 0]


def test_device_that_was_heard_meanwhile_is_not_silent(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.hear("d-1")
    watch.now = NOON + timedelta(seconds=200)
    span = watch.metrics.next_span(watch.now)
    assert span is not None
    due = list(watch.metrics.due_leases(span))
    watch.hear("d-1")
    monkeypatch.setattr(watch.metrics, "due_leases", lambda _span: iter(due))

    assert sweep(watch.ports, lambda: True) == (0, True)
    assert watch.told == []
    assert watch.bus.published == {}


@pytest.mark.parametrize("broken", ["tell", "publish", "end_lease"])
def test_sweep_that_broke_off_is_made_good_by_the_next(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    watch.hear("d-1")
    port = {"tell": watch.mailboxes, "publish": watch.bus, "end_lease": watch.metrics}[broken]

    def fails(*_: object) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(port, broken, fails)
        with pytest.raises(ConnectionError):
            watch.sweep_at(200)
    watch.sweep_at(260)

    assert watch.told == ["device/d-1"]
    assert len(watch.bus.published) == 1
    assert watch.sweep_at(320) == 0


def test_sweep_that_runs_out_of_time_leaves_the_rest_to_the_next(watch: Watch) -> None:
    for number in range(4):
        watch.hear(f"d-{number}")
    watch.now = NOON + timedelta(seconds=200)
    times = iter([True, True, False])

    assert sweep(watch.ports, lambda: next(times)) == (2, False)
    assert watch.sweep_at(260) == 2
    assert len(watch.told) == 4


def test_sweep_beside_another_does_nothing(watch: Watch) -> None:
    watch.hear("d-1")
    watch.now = NOON + timedelta(seconds=200)
    other = watch.leases.acquire(LEASE, "run-1", INTERVAL, watch.now)
    assert other

    assert sweep_alone(watch.ports, "run-2", lambda: True) == (0, False)
    assert watch.told == []
    watch.leases.release(other)
    assert sweep_alone(watch.ports, "run-2", lambda: True) == (1, True)


def test_sweep_that_slept_past_the_end_of_its_lease_goes_on_no_further(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        watch.hear(f"d-{number}")
    watch.now = NOON + timedelta(seconds=200)
    end_lease = watch.metrics.end_lease

    def sleeps(lease: DueLease) -> None:
        end_lease(lease)
        watch.now += INTERVAL

    monkeypatch.setattr(watch.metrics, "end_lease", sleeps)

    assert sweep_alone(watch.ports, "run-1", lambda: True) == (1, False)


class _Context:
    aws_request_id = "run-1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def test_function_finds_a_device_that_the_recorder_heard_long_ago(aws: AwsInProcess) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    detail: dict[str, Any] = {
        "device_id": "d-1",
        "received_at": long_ago,
        "sampled_at": long_ago,
        "boot_id": "b",
        "running_release": None,
        "is_simulated": False,
        "vitals": {"cpu_percent": 1, "memory_percent": 1, "disk_percent": 1},
        "next_heartbeat_seconds": 60,
    }
    body = msgspec.json.encode({"detail": detail}).decode()
    heartbeat_recorder.handler({"Records": [{"messageId": "m-1", "body": body}]}, None)

    answer = liveness_sweep.handler({}, _Context())

    assert answer == {"silent": 0, "is_finished": True}, "recorded late, it is due when the present bucket has ended"
