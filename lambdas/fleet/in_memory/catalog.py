"""The catalog in memory."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from lambdas.fleet.catalog import CatalogDeployment, CatalogPage, CatalogRelease, ReleaseStatus
from lambdas.fleet.rings import DEFAULT_RINGS, Ring

E = TypeVar("E")


class InMemoryCatalog:
    """A Catalog that lives as long as the process."""

    def __init__(self) -> None:
        self._rings = {ring.name: ring for ring in DEFAULT_RINGS}
        self._releases: dict[str, CatalogRelease] = {}
        self._deployments: dict[str, CatalogDeployment] = {}

    def rings(self) -> tuple[Ring, ...]:
        """All rings in order."""
        return tuple(sorted(self._rings.values(), key=lambda ring: (ring.order, ring.name)))

    def put_ring(self, ring: Ring) -> None:
        """Create the ring or change it."""
        self._rings[ring.name] = ring

    def release(self, version: str) -> CatalogRelease | None:
        """The release of that version."""
        return self._releases.get(version)

    def releases(self, limit: int, cursor: str | None) -> CatalogPage[CatalogRelease]:
        """A page of the releases."""
        return _page(self._releases, limit, cursor)

    def add_release(self, release: CatalogRelease) -> CatalogRelease:
        """Add the release unless one of its version is there."""
        return self._releases.setdefault(release.release.version, release)

    def mark_release_ready(self, version: str) -> None:
        """Offer the release for deployment."""
        self._releases[version] = replace(self._releases[version], status=ReleaseStatus.READY)

    def deployment(self, deployment_id: str) -> CatalogDeployment | None:
        """The deployment of that id."""
        return self._deployments.get(deployment_id)

    def deployments(self, limit: int, cursor: str | None) -> CatalogPage[CatalogDeployment]:
        """A page of the deployments."""
        return _page(self._deployments, limit, cursor)

    def add_deployment(self, deployment: CatalogDeployment) -> CatalogDeployment:
        """Add the deployment unless one of its id is there."""
        return self._deployments.setdefault(deployment.deployment_id, deployment)


def _page(entries: Mapping[str, E], limit: int, cursor: str | None) -> CatalogPage[E]:
    names = sorted(name for name in entries if name > (cursor or ""))
    following = names[limit - 1] if len(names) > limit else None
    return CatalogPage(tuple(entries[name] for name in names[:limit]), following)
