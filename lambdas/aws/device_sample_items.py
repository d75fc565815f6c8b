"""Samples of devices as items of DynamoDB."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from lambdas.fleet.device_samples import DeviceSample, LatestSample
from lambdas.fleet.vitals import Vitals

Item = dict[str, dict[str, Any]]

LATEST = "latest"
"""Sort key of the latest sample; those of the series are times, which sort before it."""


def key_of(device_id: str, sample: str) -> Item:
    """Key of one item of a device."""
    return {"device_id": {"S": device_id}, "sample": {"S": sample}}


def time_text(moment: datetime) -> str:
    """Write a time so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def write_sample(sample: DeviceSample) -> Item:
    """Write what the latest item and the series have in common, without the key."""
    running = {"NULL": True} if sample.running_release is None else {"S": sample.running_release}
    return {
        "received_at": {"S": time_text(sample.received_at)},
        "sampled_at": {"S": sample.sampled_at.isoformat()},
        "boot_id": {"S": sample.boot_id},
        "running_release": running,
        "is_simulated": {"BOOL": sample.is_simulated},
        "vitals": {"S": msgspec.json.encode(sample.vitals).decode()},
        "lease_until": {"S": time_text(sample.lease_until)},
    }


def read_sample(item: Item) -> DeviceSample:
    """Read a sample from either kind of item."""
    return DeviceSample(
        device_id=item["device_id"]["S"],
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        sampled_at=datetime.fromisoformat(item["sampled_at"]["S"]),
        boot_id=item["boot_id"]["S"],
        running_release=item["running_release"].get("S"),
        is_simulated=item["is_simulated"]["BOOL"],
        vitals=msgspec.json.decode(item["vitals"]["S"], type=Vitals),
        lease_until=datetime.fromisoformat(item["lease_until"]["S"]),
    )


def read_latest(item: Item) -> LatestSample:
    """Read the latest item."""
    online_since = item.get("online_since", {}).get("S")
    return LatestSample(
        sample=read_sample(item),
        is_online=item.get("is_online", {}).get("BOOL", False),
        announced_release=item.get("announced_release", {}).get("S"),
        online_since=datetime.fromisoformat(online_since) if online_since else None,
    )
