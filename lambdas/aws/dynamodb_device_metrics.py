"""What devices said, in DynamoDB: per device one item with the latest sample, and a series that fades."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.aws.device_sample_items import LATEST, Item, key_of, read_latest, read_sample, time_text, write_sample
from lambdas.aws.lease_buckets import LeaseBuckets
from lambdas.aws.translating_client import TranslatingClient
from lambdas.fleet.device_samples import DeviceSample, DueLease, LatestSample, LeaseSpan

LEASE_INDEX = "by_lease"
"""Global index of the metrics table: ``lease_shard``, then ``device_id``; devices that are silent are not in it."""
KEYS_OF_A_READ = 100
ITEMS_OF_A_WRITE = 25
SWEEP_KEY = key_of("#liveness", "sweep")
"""How far leases were swept; no device id begins with a ``#``."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long samples of the series stay, and how leases are looked up."""

    retention: timedelta = timedelta(days=7)
    buckets: LeaseBuckets = field(default_factory=LeaseBuckets)


class DynamoDBDeviceMetrics:
    """The device metrics in one table and its index by lease."""

    def __init__(
        self,
        client: Any,
        table: str,
        clock: Callable[[], datetime],
        keeping: Keeping | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table
        self._clock = clock
        self._buckets = (keeping or Keeping()).buckets
        self._retention = (keeping or Keeping()).retention
        self._backoff = backoff or Backoff()

    def record(self, samples: Sequence[DeviceSample]) -> dict[str, LatestSample]:
        """Add samples to the series, then the newest of each device to the latest."""
        self._write_series({(sample.device_id, sample.received_at): sample for sample in samples}.values())
        newest: dict[str, DeviceSample] = {}
        for sample in samples:
            standing = newest.get(sample.device_id)
            if standing is None or sample.received_at > standing.received_at:
                newest[sample.device_id] = sample
        return {device_id: self._write_latest(sample) for device_id, sample in newest.items()}

    def mark_announced(self, latest: LatestSample) -> bool:
        """Remember that the agent was told, unless a newer sample stands."""
        received = {"S": time_text(latest.sample.received_at)}
        changes = ["is_online = :true", "announced_release = :release"]
        values: dict[str, Any] = {":true": {"BOOL": True}, ":received": received}
        values[":release"] = _optional_text(latest.sample.running_release)
        if not latest.is_online:
            changes.append("online_since = :received")
        return self._update(latest.sample.device_id, "SET " + ", ".join(changes), "received_at = :received", values)

    def latest(self, device_ids: Sequence[str]) -> dict[str, LatestSample]:
        """Read the latest samples, a hundred in one call."""
        found: dict[str, LatestSample] = {}
        keys = [key_of(device_id, LATEST) for device_id in dict.fromkeys(device_ids)]
        for start in range(0, len(keys), KEYS_OF_A_READ):
            self._do_all(keys[start : start + KEYS_OF_A_READ], lambda unread: self._read(unread, found))
        return found

    def series(self, device_id: str, since: datetime, limit: int) -> tuple[DeviceSample, ...]:
        """Read samples of one device, oldest first."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="device_id = :device AND #sample BETWEEN :since AND :end",
            ExpressionAttributeNames={"#sample": "sample"},
            ExpressionAttributeValues={
                ":device": {"S": device_id},
                ":since": {"S": time_text(since)},
                ":end": {"S": "9999"},
            },
            Limit=limit,
        )
        return tuple(map(read_sample, answer["Items"]))

    def next_span(self, now: datetime) -> LeaseSpan | None:
        """Read where the last sweep ended."""
        swept = self._client.get_item(TableName=self._table, Key=SWEEP_KEY, ConsistentRead=True).get("Item")
        return self._buckets.next_span(now, int(swept["swept_to"]["N"]) if swept else None)

    def due_leases(self, span: LeaseSpan) -> Iterator[DueLease]:
        """Read the leases of the span's buckets; a lease that is renewed leaves its bucket."""
        for lease_shard in self._buckets.shards_in(span):
            yield from self._leases_of(lease_shard)

    def finish_span(self, span: LeaseSpan) -> None:
        """Have the next sweep begin behind the span."""
        swept_to = {"N": str(self._buckets.first_after(span))}
        self._client.put_item(TableName=self._table, Item={**SWEEP_KEY, "swept_to": swept_to})

    def mark_offline(self, lease: DueLease) -> bool:
        """Count the device as silent, and keep the lease until its agent was told."""
        received = {"S": time_text(lease.received_at)}
        return self._update(
            lease.device_id,
            "SET is_online = :false",
            "received_at = :received AND attribute_exists(lease_shard)",
            {":false": {"BOOL": False}, ":received": received},
        )

    def end_lease(self, lease: DueLease) -> None:
        """Forget the lease of a device that is silent, unless it was heard since."""
        received = {"S": time_text(lease.received_at)}
        self._update(
            lease.device_id,
            "REMOVE lease_shard",
            "received_at = :received AND is_online = :false",
            {":false": {"BOOL": False}, ":received": received},
        )

    def _write_latest(self, sample: DeviceSample) -> LatestSample:
        """Write the sample unless a newer one stands; answer what stands then."""
        item = write_sample(sample) | {"lease_shard": {"S": self._buckets.shard_of(sample, self._clock())}}
        changed = [name for name in item if name not in ("device_id", "sample")]
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key_of(sample.device_id, LATEST),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changed),
                ConditionExpression="attribute_not_exists(received_at) OR received_at < :received_at",
                ExpressionAttributeNames={f"#{name}": name for name in changed},
                ExpressionAttributeValues={f":{name}": item[name] for name in changed},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            return read_latest(error.response["Item"])
        return read_latest(answer["Attributes"])

    def _write_series(self, samples: Sequence[DeviceSample] | Any) -> None:
        requests = [{"PutRequest": {"Item": self._series_item(sample)}} for sample in samples]
        for start in range(0, len(requests), ITEMS_OF_A_WRITE):
            self._do_all(requests[start : start + ITEMS_OF_A_WRITE], self._write)

    def _series_item(self, sample: DeviceSample) -> Item:
        expires_at = int((sample.received_at + self._retention).timestamp())
        key = key_of(sample.device_id, time_text(sample.received_at))
        return write_sample(sample) | key | {"expires_at": {"N": str(expires_at)}}

    def _leases_of(self, lease_shard: str) -> Iterator[DueLease]:
        start: Mapping[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                IndexName=LEASE_INDEX,
                KeyConditionExpression="lease_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": lease_shard}},
                **start,
            )
            for item in answer["Items"]:
                received_at = datetime.fromisoformat(item["received_at"]["S"]).astimezone(UTC)
                yield DueLease(item["device_id"]["S"], received_at)
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _update(self, device_id: str, change: str, condition: str, values: Mapping[str, Any]) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(device_id, LATEST),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _do_all(self, entries: Sequence[Any], attempt: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        left = self._backoff.until_done(entries, attempt)
        if left:
            raise PortUnavailableError(f"table {self._table} left {len(left)} of {len(entries)} entries undone")

    def _read(self, keys: Sequence[Any], found: dict[str, LatestSample]) -> Sequence[Any]:
        answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": list(keys)}})
        for item in answer["Responses"].get(self._table, ()):
            found[item["device_id"]["S"]] = read_latest(item)
        unread: Sequence[Any] = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", ())
        return unread

    def _write(self, requests: Sequence[Any]) -> Sequence[Any]:
        answer = self._client.batch_write_item(RequestItems={self._table: list(requests)})
        unwritten: Sequence[Any] = answer.get("UnprocessedItems", {}).get(self._table, ())
        return unwritten


def _optional_text(text: str | None) -> dict[str, Any]:
    return {"NULL": True} if text is None else {"S": text}
