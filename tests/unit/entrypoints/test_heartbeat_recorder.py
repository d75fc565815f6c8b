"""The recorder: repeats, disorder and crashes change nothing in the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import msgspec
import pytest

from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.entrypoints import heartbeat_recorder
from lambdas.entrypoints.heartbeat_recorder import record_heartbeats, sample_of
from lambdas.fleet.device_samples import DeviceSample
from lambdas.fleet.events import DeviceOnline, HeartbeatReceived
from lambdas.fleet.in_memory.device_metrics import InMemoryDeviceMetrics
from lambdas.fleet.in_memory.ways_out import InMemoryEventBus
from lambdas.fleet.vitals import Vitals
from lambdas.wiring.heartbeat_recorder import RecorderPorts
from tests.unit.entrypoints.aws_in_process import REGION, AwsInProcess

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _heard(device_id: str, seconds: float = 0, release: str | None = "1.0.0") -> HeartbeatReceived:
    moment = NOON + timedelta(seconds=seconds)
    return HeartbeatReceived(device_id, moment, moment, "boot-1", release, False, Vitals(1, 2, 3), 60.0)


def _sample(device_id: str, seconds: float = 0, release: str | None = "1.0.0") -> DeviceSample:
    return sample_of(_heard(device_id, seconds, release))


class Recorder:
    def __init__(self) -> None:
        self.metrics = InMemoryDeviceMetrics()
        self.mailboxes = InMemoryMailboxes(drops_repeats=True)
        self.bus = InMemoryEventBus()
        self.ports = RecorderPorts(self.metrics, self.mailboxes, self.bus)

    def record(self, *samples: DeviceSample) -> list[str]:
        return record_heartbeats(self.ports, {f"m-{place}": sample for place, sample in enumerate(samples)})

    @property
    def told(self) -> list[tuple[str, str | None]]:
        frames = [msgspec.json.decode(record.body) for record in self.mailboxes.waiting()]
        return [(frame["to"], frame["messages"][0]["data"]["running_release"]) for frame in frames]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_new_device_is_announced_to_its_agent_and_the_bus(recorder: Recorder) -> None:
    recorder.record(_sample("d-1"))

    assert recorder.told == [("device/d-1", "1.0.0")]
    assert list(recorder.bus.published.values()) == [DeviceOnline("d-1", NOON)]


def test_device_that_says_the_same_again_is_not_announced_again(recorder: Recorder) -> None:
    recorder.record(_sample("d-1"))
    recorder.record(_sample("d-1", 60), _sample("d-1", 120))

    assert len(recorder.told) == 1
    assert len(recorder.bus.published) == 1
    assert recorder.metrics.latest(["d-1"])["d-1"].sample.received_at == NOON + timedelta(seconds=120)


def test_agent_is_told_when_the_running_release_changes(recorder: Recorder) -> None:
    recorder.record(_sample("d-1"))
    recorder.record(_sample("d-1", 60, "1.1.0"))
    recorder.record(_sample("d-1", 120, None))

    assert recorder.told == [("device/d-1", "1.0.0"), ("device/d-1", "1.1.0"), ("device/d-1", None)]
    assert len(recorder.bus.published) == 1


def test_older_heartbeat_that_comes_late_changes_nothing_but_the_series(recorder: Recorder) -> None:
    recorder.record(_sample("d-1", 60, "1.1.0"))
    recorder.record(_sample("d-1", 0, "1.0.0"))

    assert recorder.told == [("device/d-1", "1.1.0")]
    assert recorder.metrics.latest(["d-1"])["d-1"].sample.running_release == "1.1.0"
    assert len(recorder.metrics.series("d-1", NOON, 10)) == 2


def test_newest_of_a_batch_counts_whatever_its_place(recorder: Recorder) -> None:
    recorder.record(_sample("d-1", 60, "1.1.0"), _sample("d-1", 0, "1.0.0"), _sample("d-2"))

    assert recorder.told == [("device/d-1", "1.1.0"), ("device/d-2", "1.0.0")]


def test_repeats_are_harmless(recorder: Recorder) -> None:
    for _ in range(3):
        recorder.record(_sample("d-1"), _sample("d-1"))

    assert len(recorder.told) == 1
    assert len(recorder.metrics.series("d-1", NOON, 10)) == 1


def test_device_that_comes_back_after_silence_is_announced_again(recorder: Recorder) -> None:
    recorder.record(_sample("d-1"))
    span = recorder.metrics.next_span(NOON + timedelta(hours=1))
    assert span is not None
    (lease,) = recorder.metrics.due_leases(span)
    recorder.metrics.mark_offline(lease)
    recorder.metrics.end_lease(lease)

    recorder.record(_sample("d-1", 7200))

    assert len(recorder.told) == 2
    assert [event.occurred_at for event in recorder.bus.published.values()] == [NOON, NOON + timedelta(hours=2)]


@pytest.mark.parametrize("broken", ["tell", "publish", "mark_announced"])
def test_announcement_that_broke_off_is_made_good_when_the_message_comes_again(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    port = {"tell": recorder.mailboxes, "publish": recorder.bus, "mark_announced": recorder.metrics}[broken]

    def fails(*_: object) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(port, broken, fails)
        assert recorder.record(_sample("d-1"), _sample("d-1", 1)) == ["m-0", "m-1"]
    assert recorder.record(_sample("d-1"), _sample("d-1", 1)) == []

    assert recorder.told == [("device/d-1", "1.0.0")]
    assert len(recorder.bus.published) == 1
    assert not recorder.metrics.latest(["d-1"])["d-1"].is_to_be_announced


def test_trouble_with_one_device_sends_back_its_messages_only(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = recorder.mailboxes.tell

    def fails_for_one(to: Any, message: Any, request_id: str) -> None:
        if to.key == "d-1":
            raise ConnectionError("gone")
        tell(to, message, request_id)

    monkeypatch.setattr(recorder.mailboxes, "tell", fails_for_one)

    assert recorder.record(_sample("d-1"), _sample("d-2")) == ["m-0"]
    assert recorder.told == [("device/d-2", "1.0.0")]


def test_batch_that_cannot_be_recorded_comes_back_whole(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(recorder.metrics, "record", fails)

    assert recorder.record(_sample("d-1"), _sample("d-2")) == ["m-0", "m-1"]


def _sqs_event(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m-{place}", "body": body} for place, body in enumerate(bodies)]}


def _on_bus(event: HeartbeatReceived) -> str:
    detail = msgspec.to_builtins(event) | {"event_id": "e-1"}
    envelope = {"version": "0", "source": "ringtree", "detail-type": "HeartbeatReceived", "detail": detail}
    return msgspec.json.encode(envelope).decode()


def test_function_takes_events_of_the_bus_and_sends_back_what_is_none(aws: AwsInProcess) -> None:
    event = _sqs_event(_on_bus(_heard("d-1")), "no event", '{"detail": {}}')

    answer = heartbeat_recorder.handler(event, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]}
    key = {"device_id": {"S": "d-1"}, "sample": {"S": "latest"}}
    item = boto3.client("dynamodb", region_name=REGION).get_item(TableName="metrics", Key=key)["Item"]
    assert item["is_online"] == {"BOOL": True}
    received = boto3.client("sqs", region_name=REGION).receive_message(QueueUrl=aws.mailboxes["device"])
    assert "DeviceHeard" in received["Messages"][0]["Body"]
