from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.end_to_end.story import Story

if TYPE_CHECKING:
    from tests.conftest import Ringtree

RETENTION_SECONDS = 30 * 24 * 3600


def _samples(ringtree: "Ringtree", device_id: str) -> list[dict[str, Any]]:
    answer = ringtree.aws.client("dynamodb").query(
        TableName=ringtree.stack_output("MetricsTable"),
        KeyConditionExpression="device_id = :device",
        ExpressionAttributeValues={":device": {"S": device_id}},
        ConsistentRead=True,
    )
    items: list[dict[str, Any]] = answer["Items"]
    return items


def test_the_latest_sample_says_how_each_device_is(ringtree: "Ringtree", story: Story) -> None:
    for device_id in story.everyone:
        (latest,) = [item for item in _samples(ringtree, device_id) if item["sample"]["S"] == "latest"]
        device = story.operations.api.device(device_id)
        assert latest["running_release"]["S"] == story.good.release.version == device.running_release
        assert device.last_seen == datetime.fromisoformat(latest["received_at"]["S"])
        assert device.vitals is not None
        assert "expires_at" not in latest


def test_the_vitals_of_the_real_device_are_measured(story: Story) -> None:
    vitals = story.good.devices[story.real].vitals

    assert vitals is not None
    assert 0 < vitals.memory_percent <= 100
    assert 0 < vitals.disk_percent <= 100


def test_the_series_of_a_device_grows_and_fades(ringtree: "Ringtree", story: Story) -> None:
    series = [item for item in _samples(ringtree, story.real) if item["sample"]["S"] != "latest"]

    received = [datetime.fromisoformat(item["received_at"]["S"]) for item in series]
    assert len(received) > 5
    assert all(earlier < later for earlier, later in pairwise(received))
    assert [int(item["expires_at"]["N"]) for item in series] == [
        int(at.timestamp()) + RETENTION_SECONDS for at in received
    ]
    table = ringtree.stack_output("MetricsTable")
    ttl = ringtree.aws.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
