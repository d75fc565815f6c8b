"""What every Catalog does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.aws.dynamodb_catalog import DynamoDBCatalog
from lambdas.fleet.catalog import CatalogDeployment, CatalogRelease, DeploymentMode, ReleaseStatus
from lambdas.fleet.in_memory.catalog import InMemoryCatalog
from lambdas.fleet.plans import RingPolicy, RolloutPlan
from lambdas.fleet.ports import Catalog
from lambdas.fleet.releases import Release
from lambdas.fleet.rings import DEFAULT_RINGS, Ring
from tests.port_contracts.fleet.conftest import AwsOrNone

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
RELEASE = CatalogRelease(Release("1.1.0", 10, "0" * 64), "app.tar.gz", ReleaseStatus.AWAITING_UPLOAD, NOON)
PLAN = RolloutPlan(("canary", "broad"), RingPolicy(batch_size=7, bake_time=timedelta(seconds=1.5)))
DEPLOYMENT = CatalogDeployment("dep-1", DeploymentMode.ROLLOUT, "digest", NOON, RELEASE.release, PLAN, "operator")


@pytest.fixture
def catalog(memory_or_aws: AwsOrNone) -> Catalog:
    if memory_or_aws is None:
        return InMemoryCatalog()
    return DynamoDBCatalog(memory_or_aws.client("dynamodb"), memory_or_aws.catalog_table())


def test_default_rings_stand_until_they_are_changed(catalog: Catalog) -> None:
    assert catalog.rings() == DEFAULT_RINGS

    catalog.put_ring(Ring("canary", 5, 0.125))
    catalog.put_ring(Ring("lab", 1, 0.0))

    assert catalog.rings() == (Ring("lab", 1, 0.0), *DEFAULT_RINGS[1:], Ring("canary", 5, 0.125))


def test_rings_of_one_order_are_sorted_by_name(catalog: Catalog) -> None:
    catalog.put_ring(Ring("zulu", 1, 0.1))
    catalog.put_ring(Ring("alpha", 1, 0.1))

    assert [ring.name for ring in catalog.rings()][:3] == ["alpha", "canary", "zulu"]


def test_release_is_read_as_it_was_added(catalog: Catalog) -> None:
    assert catalog.release("1.1.0") is None
    assert catalog.add_release(RELEASE) == RELEASE
    assert catalog.release("1.1.0") == RELEASE


def test_release_that_stands_is_not_replaced(catalog: Catalog) -> None:
    catalog.add_release(RELEASE)
    other = replace(RELEASE, release=replace(RELEASE.release, size_bytes=11))

    assert catalog.add_release(other) == RELEASE
    assert catalog.release("1.1.0") == RELEASE


def test_release_becomes_ready_and_stays_so(catalog: Catalog) -> None:
    catalog.add_release(RELEASE)

    for _ in range(2):
        catalog.mark_release_ready("1.1.0")

    assert catalog.release("1.1.0") == replace(RELEASE, status=ReleaseStatus.READY)


def test_release_that_is_not_there_cannot_become_ready(catalog: Catalog) -> None:
    with pytest.raises(Exception, match=r"9\.9|conditional"):
        catalog.mark_release_ready("9.9")

    assert catalog.release("9.9") is None


def test_deployment_is_read_as_it_was_added(catalog: Catalog) -> None:
    rehearsal = CatalogDeployment("dep-2", DeploymentMode.REHEARSAL, "digest", NOON, affected=("d-1", "d-2"))

    for deployment in (DEPLOYMENT, rehearsal):
        assert catalog.add_deployment(deployment) == deployment
        assert catalog.deployment(deployment.deployment_id) == deployment
    assert catalog.deployment("dep-3") is None


def test_only_one_of_two_deployments_of_the_same_id_stands(catalog: Catalog) -> None:
    first = catalog.add_deployment(DEPLOYMENT)
    second = catalog.add_deployment(replace(DEPLOYMENT, plan_digest="other"))

    assert first is DEPLOYMENT, "whoever added the entry gets it back itself"
    assert second == DEPLOYMENT


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_hold_every_entry_once_in_order_of_name(catalog: Catalog, limit: int) -> None:
    names = [f"dep-{number}" for number in range(5)]
    for name in reversed(names):
        catalog.add_deployment(replace(DEPLOYMENT, deployment_id=name))
    catalog.add_release(RELEASE)

    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = catalog.deployments(limit, cursor)
        assert len(page.entries) <= limit
        seen += [entry.deployment_id for entry in page.entries]
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == names
    assert [entry.release.version for entry in catalog.releases(limit, None).entries] == ["1.1.0"]
