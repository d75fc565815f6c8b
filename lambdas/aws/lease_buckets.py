"""Where leases are looked up: leases that end within one stretch of time share a bucket, spread over shards."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lambdas.fleet.device_samples import DeviceSample, LeaseSpan

SPAN_BUCKETS = 60
"""Buckets that are swept together: after an outage, progress is remembered every so many."""
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

    def next_span(self, now: datetime, swept_to: int | None) -> LeaseSpan | None:
        """Name the next buckets that have ended; the very first sweep looks back one span, the table is no older."""
        ended = self._bucket(now - WRITE_MARGIN)
        begin = swept_to if swept_to is not None else ended - SPAN_BUCKETS
        end = min(ended, begin + SPAN_BUCKETS)
        return LeaseSpan(self._start(begin), self._start(end)) if begin < end else None

    def shards_in(self, span: LeaseSpan) -> Iterator[str]:
        """Name the shards of all buckets of a span."""
        buckets = range(self._bucket(span.begin), self._bucket(span.end))
        return (_name(bucket, shard) for bucket in buckets for shard in range(self.shards))

    def first_after(self, span: LeaseSpan) -> int:
        """The bucket with which the next span begins."""
        return self._bucket(span.end)

    def _start(self, bucket: int) -> datetime:
        return datetime.fromtimestamp(bucket * self.length.total_seconds(), UTC)

    def _bucket(self, moment: datetime) -> int:
        return int(moment.timestamp() // self.length.total_seconds())


def _name(bucket: int, shard: int) -> str:
    return f"{bucket}#{shard}"
