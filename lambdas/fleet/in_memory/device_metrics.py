"""What devices said, in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from lambdas.fleet.device_samples import DeviceSample, DueLease, LatestSample, LeaseSpan


class InMemoryDeviceMetrics:
    """A DeviceMetrics that forgets nothing."""

    def __init__(self) -> None:
        self._latest: dict[str, LatestSample] = {}
        self._series: dict[tuple[str, datetime], DeviceSample] = {}
        self._leases: dict[str, datetime] = {}
        self._swept_to = datetime.min.replace(tzinfo=UTC)

    def record(self, samples: Sequence[DeviceSample]) -> dict[str, LatestSample]:
        """Add samples to the series and to the latest."""
        for sample in samples:
            self._series[sample.device_id, sample.received_at] = sample
            standing = self._latest.get(sample.device_id)
            if standing is None:
                self._latest[sample.device_id] = LatestSample(sample, False, None, None)
            elif sample.received_at > standing.sample.received_at:
                self._latest[sample.device_id] = replace(standing, sample=sample)
            else:
                continue
            self._leases[sample.device_id] = sample.lease_until
        return self.latest([sample.device_id for sample in samples])

    def mark_announced(self, latest: LatestSample) -> bool:
        """Remember that the agent was told, unless a newer sample stands."""
        standing = self._latest[latest.sample.device_id]
        if standing.sample.received_at != latest.sample.received_at:
            return False
        since = latest.online_since if latest.is_online else latest.sample.received_at
        self._latest[latest.sample.device_id] = replace(
            standing, is_online=True, announced_release=latest.sample.running_release, online_since=since
        )
        return True

    def latest(self, device_ids: Sequence[str]) -> dict[str, LatestSample]:
        """The latest samples."""
        return {device_id: self._latest[device_id] for device_id in device_ids if device_id in self._latest}

    def series(self, device_id: str, since: datetime, limit: int) -> tuple[DeviceSample, ...]:
        """Samples of one device, oldest first."""
        found = sorted(key for key in self._series if key[0] == device_id and key[1] >= since)
        return tuple(self._series[key] for key in found[:limit])

    def next_span(self, now: datetime) -> LeaseSpan | None:
        """Everything since the last span."""
        return LeaseSpan(self._swept_to, now) if now > self._swept_to else None

    def due_leases(self, span: LeaseSpan) -> Iterator[DueLease]:
        """Devices whose lease ended in the span, or was recorded too late to be found in an earlier one."""
        due = sorted(device_id for device_id, until in self._leases.items() if until <= span.end)
        return iter([DueLease(device_id, self._latest[device_id].sample.received_at) for device_id in due])

    def finish_span(self, span: LeaseSpan) -> None:
        """Begin the next span where this one ends."""
        self._swept_to = span.end

    def mark_offline(self, lease: DueLease) -> bool:
        """Count the device as silent unless it was heard since."""
        standing = self._latest[lease.device_id]
        if standing.sample.received_at != lease.received_at or lease.device_id not in self._leases:
            return False
        self._latest[lease.device_id] = replace(standing, is_online=False)
        return True

    def end_lease(self, lease: DueLease) -> None:
        """Forget the lease of a silent device."""
        standing = self._latest[lease.device_id]
        if standing.sample.received_at == lease.received_at and not standing.is_online:
            self._leases.pop(lease.device_id, None)
