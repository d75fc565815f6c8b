"""What the fleet needs of the world outside. Adapters are in ``lambdas/aws``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from lambdas.fleet.catalog import CatalogDeployment, CatalogPage, CatalogRelease
from lambdas.fleet.device_samples import DeviceSample, DueLease, LatestSample, LeaseSpan
from lambdas.fleet.releases import Release
from lambdas.fleet.rings import Ring


class Catalog(Protocol):
    """Rings, releases and deployments by name. An entry, once added, is never replaced."""

    def rings(self) -> tuple[Ring, ...]:
        """All rings in the order in which releases reach them; never empty."""

    def put_ring(self, ring: Ring) -> None:
        """Create the ring or change it."""

    def release(self, version: str) -> CatalogRelease | None:
        """The release of that version, if there is one."""

    def releases(self, limit: int, cursor: str | None) -> CatalogPage[CatalogRelease]:
        """A page of the releases."""

    def add_release(self, release: CatalogRelease) -> CatalogRelease:
        """Add the release unless one of its version is there; answer the one that stands."""

    def mark_release_ready(self, version: str) -> None:
        """Offer the release for deployment; nothing happens when it is on offer already."""

    def deployment(self, deployment_id: str) -> CatalogDeployment | None:
        """The deployment of that id, if there is one."""

    def deployments(self, limit: int, cursor: str | None) -> CatalogPage[CatalogDeployment]:
        """A page of the deployments."""

    def add_deployment(self, deployment: CatalogDeployment) -> CatalogDeployment:
        """Add the deployment unless one of its id is there; answer the one that stands."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request that whoever holds it may make for a while, without credentials."""

    method: str
    url: str
    headers: Mapping[str, str]
    """Must be sent exactly so; the signature covers them."""


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """What was uploaded, in the store's own measure."""

    size_bytes: int
    sha256: str


class ArtifactStore(Protocol):
    """Archives of releases, and the work lists of deployments."""

    def upload_request(self, release: Release, file_name: str, valid_for: timedelta) -> SignedRequest:
        """Let its holder upload the archive of the release, and no other content."""

    def download_url(self, release: Release, file_name: str, valid_for: timedelta) -> str:
        """Let its holder download the archive of the release."""

    def stored(self, release: Release, file_name: str) -> StoredArtifact | None:
        """Measure what was uploaded for the release; none when nothing was."""

    def write_lines(self, key: str, lines: Iterable[bytes]) -> None:
        """Store a list, one JSON value a line, without holding it in memory whole."""

    def read_lines(self, key: str) -> Iterator[bytes]:
        """Read such a list."""


class DeviceMetrics(Protocol):
    """What devices said: the latest sample of each, and a series that fades."""

    def record(self, samples: Sequence[DeviceSample]) -> dict[str, LatestSample]:
        """Add samples to the series and to the latest; an older one never replaces a newer.

        Answers what stands as the latest of each device named by the samples. Safe to repeat.
        """

    def mark_announced(self, latest: LatestSample) -> bool:
        """Remember that the agent was told of this sample; false when a newer one stands by now."""

    def latest(self, device_ids: Sequence[str]) -> dict[str, LatestSample]:
        """The latest sample of each of the devices that was ever heard."""

    def series(self, device_id: str, since: datetime, limit: int) -> tuple[DeviceSample, ...]:
        """Samples of a device received at or after a time, oldest first."""

    def next_span(self, now: datetime) -> LeaseSpan | None:
        """The stretch of time, of bounded length, that is to be swept next; none when there is none that has ended."""

    def due_leases(self, span: LeaseSpan) -> Iterator[DueLease]:
        """Devices whose lease ended in the span and that are not known to be silent."""

    def finish_span(self, span: LeaseSpan) -> None:
        """Remember that every lease of the span was handled."""

    def mark_offline(self, lease: DueLease) -> bool:
        """Count the device as silent unless it was heard since; whether it is silent.

        The lease stays due until ``end_lease``, so that a sweep that breaks off in between is made good by the next.
        """

    def end_lease(self, lease: DueLease) -> None:
        """Forget the lease of a silent device whose agent was told."""


class DeploymentExecutions(Protocol):
    """The supervisors of deployments."""

    def start(self, deployment_id: str, execution_input: Mapping[str, Any]) -> bool:
        """Start the supervisor unless it was started before; whether it was started by this call."""


class EventBus(Protocol):
    """The fleet's bus."""

    def publish(self, event: Any, event_id: str) -> None:
        """Put an event of ``lambdas.fleet.events`` on the bus; its id tells repeats apart."""


class Secrets(Protocol):
    """Secrets by name."""

    def secret(self, name: str) -> str:
        """The text of the secret."""
