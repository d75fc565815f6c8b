"""What every DeviceMetrics does."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.aws.dynamodb_device_metrics import DynamoDBDeviceMetrics, Keeping
from lambdas.aws.lease_buckets import LeaseBuckets
from lambdas.fleet.device_samples import DeviceSample, DueLease, lease_end
from lambdas.fleet.in_memory.device_metrics import InMemoryDeviceMetrics
from lambdas.fleet.ports import DeviceMetrics
from lambdas.fleet.vitals import Vitals
from tests.port_contracts.fleet.conftest import AwsOrNone
from tests.port_contracts.fleet.technologies import Aws

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INTERVAL = timedelta(seconds=60)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def metrics(memory_or_aws: AwsOrNone, clock: Clock) -> DeviceMetrics:
    if memory_or_aws is None:
        return InMemoryDeviceMetrics()
    return _dynamodb(memory_or_aws, clock)


def _dynamodb(aws: Aws, clock: Clock, table: str | None = None) -> DynamoDBDeviceMetrics:
    keeping = Keeping(timedelta(days=7), LeaseBuckets(timedelta(seconds=10), 4))
    return DynamoDBDeviceMetrics(aws.client("dynamodb"), table or aws.metrics_table(), clock, keeping)


def _sample(device_id: str = "d-1", seconds: float = 0, release: str | None = "1.0.0") -> DeviceSample:
    moment = NOON + timedelta(seconds=seconds)
    vitals = Vitals(12.5, 20, 30, 80, is_charging=True, crash_count=3)
    return DeviceSample(device_id, moment, moment, "boot-1", release, False, vitals, lease_end(moment, INTERVAL))


def _due(metrics: DeviceMetrics, seconds: float) -> list[DueLease]:
    """What the next sweep at a time begins with."""
    span = metrics.next_span(NOON + timedelta(seconds=seconds))
    return sorted(metrics.due_leases(span), key=lambda lease: lease.device_id) if span else []


def _swept(metrics: DeviceMetrics, seconds: float) -> list[DueLease]:
    """What a whole sweep at a time finds."""
    found: list[DueLease] = []
    while span := metrics.next_span(NOON + timedelta(seconds=seconds)):
        found += metrics.due_leases(span)
        metrics.finish_span(span)
    return found


def test_sample_is_read_as_it_was_recorded(metrics: DeviceMetrics) -> None:
    sample = _sample()

    recorded = metrics.record([sample])["d-1"]

    assert recorded.sample == sample
    assert (recorded.is_online, recorded.announced_release, recorded.online_since) == (False, None, None)
    assert recorded.is_to_be_announced
    assert metrics.latest(["d-1", "nobody"]) == {"d-1": recorded}
    assert metrics.series("d-1", NOON, 10) == (sample,)


def test_device_may_run_no_release_and_have_no_battery(metrics: DeviceMetrics) -> None:
    sample = replace(_sample(release=None), vitals=Vitals(1, 2, 3))

    assert metrics.record([sample])["d-1"].sample == sample
    assert metrics.series("d-1", NOON, 10) == (sample,)


def test_newest_sample_of_a_batch_becomes_the_latest(metrics: DeviceMetrics) -> None:
    samples = [_sample(seconds=60), _sample(seconds=0), _sample("d-2", 30)]

    recorded = metrics.record(samples)

    assert recorded["d-1"].sample == samples[0]
    assert recorded["d-2"].sample == samples[2]
    assert metrics.series("d-1", NOON, 10) == (samples[1], samples[0])


def test_older_sample_never_replaces_a_newer_one(metrics: DeviceMetrics) -> None:
    newer = _sample(seconds=60, release="1.1.0")
    metrics.record([newer])

    recorded = metrics.record([_sample(seconds=0)])

    assert recorded["d-1"].sample == newer
    assert metrics.latest(["d-1"])["d-1"].sample == newer
    assert len(metrics.series("d-1", NOON, 10)) == 2


def test_sample_recorded_again_changes_nothing(metrics: DeviceMetrics) -> None:
    first = metrics.record([_sample()])
    metrics.mark_announced(first["d-1"])

    again = metrics.record([_sample(), _sample()])

    assert again["d-1"].is_online
    assert len(metrics.series("d-1", NOON, 10)) == 1


def test_announcement_is_remembered_over_later_samples(metrics: DeviceMetrics) -> None:
    assert metrics.mark_announced(metrics.record([_sample()])["d-1"])

    same = metrics.record([_sample(seconds=60)])["d-1"]
    other = metrics.record([_sample(seconds=120, release="1.1.0")])["d-1"]

    assert (same.is_to_be_announced, same.is_online, same.online_since) == (False, True, NOON)
    assert (other.is_to_be_announced, other.announced_release) == (True, "1.0.0")


def test_announcement_of_a_change_leaves_the_appearance_as_it_was(metrics: DeviceMetrics) -> None:
    metrics.mark_announced(metrics.record([_sample()])["d-1"])
    metrics.mark_announced(metrics.record([_sample(seconds=60, release=None)])["d-1"])

    latest = metrics.latest(["d-1"])["d-1"]

    assert (latest.announced_release, latest.online_since) == (None, NOON)
    assert not latest.is_to_be_announced


def test_announcement_of_a_sample_that_was_overtaken_is_not_remembered(metrics: DeviceMetrics) -> None:
    older = metrics.record([_sample()])["d-1"]
    metrics.record([_sample(seconds=60, release="1.1.0")])

    assert not metrics.mark_announced(older)
    assert metrics.latest(["d-1"])["d-1"].is_to_be_announced


def test_many_devices_are_read_at_once(metrics: DeviceMetrics) -> None:
    samples = [_sample(f"d-{number:03d}") for number in range(130)]
    metrics.record(samples)

    latest = metrics.latest([sample.device_id for sample in samples])

    assert {one.sample.device_id for one in latest.values()} == {sample.device_id for sample in samples}
    assert metrics.latest([]) == {}


def test_series_begins_where_it_is_asked_to_and_ends_at_its_limit(metrics: DeviceMetrics) -> None:
    samples = [_sample(seconds=number) for number in range(30)]
    metrics.record(samples)

    assert metrics.series("d-1", NOON + timedelta(seconds=20), 5) == tuple(samples[20:25])
    assert len(metrics.series("d-1", NOON, 100)) == 30


def test_lease_is_due_when_it_is_over(metrics: DeviceMetrics) -> None:
    metrics.record([_sample("d-1"), _sample("d-2", 120)])

    assert _due(metrics, 170) == []
    assert _due(metrics, 200) == [DueLease("d-1", NOON)]
    assert _due(metrics, 400) == [DueLease("d-1", NOON), DueLease("d-2", NOON + timedelta(seconds=120))]


def test_heartbeat_renews_the_lease(metrics: DeviceMetrics) -> None:
    metrics.record([_sample()])
    metrics.record([_sample(seconds=150)])

    assert _due(metrics, 200) == []
    assert _due(metrics, 400) == [DueLease("d-1", NOON + timedelta(seconds=150))]


def test_silent_device_is_due_until_its_lease_is_ended(metrics: DeviceMetrics) -> None:
    metrics.mark_announced(metrics.record([_sample()])["d-1"])
    (lease,) = _due(metrics, 200)

    assert metrics.mark_offline(lease)
    assert metrics.mark_offline(lease), "a sweep that broke off comes again"
    assert _due(metrics, 200) == [lease]
    assert not metrics.latest(["d-1"])["d-1"].is_online

    metrics.end_lease(lease)
    assert _due(metrics, 200) == []
    assert not metrics.mark_offline(lease)


def test_device_that_was_heard_since_is_not_counted_as_silent(metrics: DeviceMetrics) -> None:
    metrics.mark_announced(metrics.record([_sample()])["d-1"])
    (lease,) = _due(metrics, 200)
    metrics.record([_sample(seconds=199)])

    assert not metrics.mark_offline(lease)
    metrics.end_lease(lease)

    assert metrics.latest(["d-1"])["d-1"].is_online
    assert len(_due(metrics, 500)) == 1


def test_device_that_comes_back_is_to_be_announced_and_has_a_lease_again(metrics: DeviceMetrics) -> None:
    metrics.mark_announced(metrics.record([_sample()])["d-1"])
    (lease,) = _due(metrics, 200)
    metrics.mark_offline(lease)
    metrics.end_lease(lease)

    back = metrics.record([_sample(seconds=3600)])["d-1"]

    assert back.is_to_be_announced
    assert back.online_since == NOON
    assert len(_due(metrics, 4000)) == 1


def test_next_sweep_begins_where_the_last_one_ended(metrics: DeviceMetrics) -> None:
    metrics.record([_sample("d-1")])
    for lease in _swept(metrics, 200):
        metrics.mark_offline(lease)
        metrics.end_lease(lease)
    metrics.record([_sample("d-2", 160)])

    assert _swept(metrics, 330) == []
    assert [lease.device_id for lease in _swept(metrics, 400)] == ["d-2"]
    assert _swept(metrics, 400) == []


def test_lease_that_is_recorded_after_its_end_is_still_found(aws: Aws, clock: Clock) -> None:
    metrics = _dynamodb(aws, clock)
    clock.now = NOON + timedelta(hours=1)
    _swept(metrics, 3600)

    metrics.record([_sample()])

    assert _swept(metrics, 3600 + 60) == [DueLease("d-1", NOON)]


def test_sweep_that_was_out_of_order_for_hours_finds_everything_in_steps(aws: Aws, clock: Clock) -> None:
    keeping = Keeping(buckets=LeaseBuckets(timedelta(seconds=60), 1))
    metrics = DynamoDBDeviceMetrics(aws.client("dynamodb"), aws.metrics_table(), clock, keeping)
    _swept(metrics, 0)
    metrics.record([_sample()])

    later = NOON + timedelta(hours=3)
    span = metrics.next_span(later)
    assert span is not None
    assert span.end < later - timedelta(hours=1)
    assert _swept(metrics, 3 * 3600) == [DueLease("d-1", NOON)]


def test_samples_of_the_series_fade_and_the_latest_stays(aws: Aws, clock: Clock) -> None:
    table = aws.metrics_table()
    _dynamodb(aws, clock, table).record([_sample()])

    items = aws.client("dynamodb").scan(TableName=table)["Items"]

    expires: dict[str, Any] = {item["sample"]["S"]: item.get("expires_at") for item in items}
    assert expires == {
        "latest": None,
        "2026-03-01T12:00:00.000000+00:00": {"N": str(int((NOON + timedelta(days=7)).timestamp()))},
    }
