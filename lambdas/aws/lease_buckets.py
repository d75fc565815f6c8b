"""Where leases are looked up: leases that end within one stretch of time share a bucket, spread over shards."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.fleet.device_samples import DeviceSample

FIRST_SWEEP_BUCKETS = 120
"""How many buckets the very first sweep looks back; there is nothing older than the table."""
WRITE_MARGIN = timedelta(seconds=5)
"""A lease that is being written when its bucket ends is there when the bucket is read."""


@dataclass(frozen=True, slots=True)
class LeaseBuckets:
    """Length of a bucket, and its number of shards. Recorder and sweep must have the same."""

    length: timedelta = timedelta(seconds=60)
    shards: int = 4

    def shard_of(self, sample: DeviceSample, now: datetime) -> str:
        """Place a lease. One that is recorded after its end goes into the present bucket, which is still to be read."""
        bucket = self._bucket(max(sample.lease_until, now))
        return _name(bucket, zlib.crc32(sample.device_id.encode()) % self.shards)

    def due(self, now: datetime, swept_to: int | None) -> Iterator[str]:
        """Name the shards of all buckets that have ended, from the first that was not swept."""
        end = self.first_not_due(now)
        begin = swept_to if swept_to is not None else end - FIRST_SWEEP_BUCKETS
        return (_name(bucket, shard) for bucket in range(begin, end) for shard in range(self.shards))

    def first_not_due(self, now: datetime) -> int:
        """The bucket that has not ended, or only just."""
        return self._bucket(now - WRITE_MARGIN)

    def _bucket(self, moment: datetime) -> int:
        return int(moment.timestamp() // self.length.total_seconds())


def _name(bucket: int, shard: int) -> str:
    return f"{bucket}#{shard}"
