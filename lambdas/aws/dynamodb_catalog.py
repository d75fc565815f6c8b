"""The catalog in DynamoDB: one partition per kind of entry, sorted by name."""

from datetime import datetime
from typing import Any

import msgspec

from lambdas.aws.translating_client import TranslatingClient
from lambdas.fleet.catalog import CatalogDeployment, CatalogPage, CatalogRelease, DeploymentMode, ReleaseStatus
from lambdas.fleet.plans import RolloutPlan
from lambdas.fleet.releases import Release
from lambdas.fleet.rings import DEFAULT_RINGS, Ring

Item = dict[str, dict[str, Any]]


class DynamoDBCatalog:
    """Rings, releases and deployments in one table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table

    def rings(self) -> tuple[Ring, ...]:
        """All rings in order; a default ring stands until it is changed."""
        standing = {ring.name: ring for ring in DEFAULT_RINGS}
        cursor: str | None = None
        while True:
            items, cursor = self._page("ring", limit=None, cursor=cursor)
            standing |= {ring.name: ring for ring in map(_read_ring, items)}
            if cursor is None:
                return tuple(sorted(standing.values(), key=lambda ring: (ring.order, ring.name)))

    def put_ring(self, ring: Ring) -> None:
        """Create the ring or change it."""
        self._client.put_item(
            TableName=self._table,
            Item=_key("ring", ring.name) | {"order": {"N": str(ring.order)}, "share": {"N": repr(ring.share)}},
        )

    def release(self, version: str) -> CatalogRelease | None:
        """The release of that version, if there is one."""
        item = self._item("release", version)
        return _read_release(item) if item else None

    def releases(self, limit: int, cursor: str | None) -> CatalogPage[CatalogRelease]:
        """A page of the releases."""
        items, following = self._page("release", limit, cursor)
        return CatalogPage(tuple(map(_read_release, items)), following)

    def add_release(self, release: CatalogRelease) -> CatalogRelease:
        """Add the release unless one of its version is there; answer the one that stands."""
        standing = self._add(_write_release(release))
        return release if standing is None else _read_release(standing)

    def mark_release_ready(self, version: str) -> None:
        """Offer the release for deployment."""
        self._client.update_item(
            TableName=self._table,
            Key=_key("release", version),
            UpdateExpression="SET #status = :ready",
            ConditionExpression="attribute_exists(#name)",
            ExpressionAttributeNames={"#status": "status", "#name": "name"},
            ExpressionAttributeValues={":ready": {"S": ReleaseStatus.READY.value}},
        )

    def deployment(self, deployment_id: str) -> CatalogDeployment | None:
        """The deployment of that id, if there is one."""
        item = self._item("deployment", deployment_id)
        return _read_deployment(item) if item else None

    def deployments(self, limit: int, cursor: str | None) -> CatalogPage[CatalogDeployment]:
        """A page of the deployments."""
        items, following = self._page("deployment", limit, cursor)
        return CatalogPage(tuple(map(_read_deployment, items)), following)

    def add_deployment(self, deployment: CatalogDeployment) -> CatalogDeployment:
        """Add the deployment unless one of its id is there; answer the one that stands."""
        standing = self._add(_write_deployment(deployment))
        return deployment if standing is None else _read_deployment(standing)

    def _item(self, kind: str, name: str) -> Item | None:
        item: Item | None = self._client.get_item(TableName=self._table, Key=_key(kind, name), ConsistentRead=True).get(
            "Item"
        )
        return item

    def _add(self, item: Item) -> Item | None:
        """Put the item unless its key is taken; the item that stands there, or none."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._item(item["kind"]["S"], item["name"]["S"])
        return None

    def _page(self, kind: str, limit: int | None, cursor: str | None) -> tuple[list[Item], str | None]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#kind = :kind",
            "ExpressionAttributeNames": {"#kind": "kind"},
            "ExpressionAttributeValues": {":kind": {"S": kind}},
            "ConsistentRead": True,
        }
        if limit is not None:
            query["Limit"] = limit
        if cursor:
            query["ExclusiveStartKey"] = _key(kind, cursor)
        answer = self._client.query(**query)
        following = answer.get("LastEvaluatedKey")
        return answer["Items"], following["name"]["S"] if following else None


def _key(kind: str, name: str) -> Item:
    return {"kind": {"S": kind}, "name": {"S": name}}


def _read_ring(item: Item) -> Ring:
    return Ring(item["name"]["S"], int(item["order"]["N"]), float(item["share"]["N"]))


def _write_release(entry: CatalogRelease) -> Item:
    return _key("release", entry.release.version) | {
        "size_bytes": {"N": str(entry.release.size_bytes)},
        "sha256": {"S": entry.release.sha256},
        "file_name": {"S": entry.file_name},
        "status": {"S": entry.status.value},
        "created_at": {"S": entry.created_at.isoformat()},
    }


def _read_release(item: Item) -> CatalogRelease:
    return CatalogRelease(
        Release(item["name"]["S"], int(item["size_bytes"]["N"]), item["sha256"]["S"]),
        file_name=item["file_name"]["S"],
        status=ReleaseStatus(item["status"]["S"]),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
    )


def _write_deployment(entry: CatalogDeployment) -> Item:
    return _key("deployment", entry.deployment_id) | {
        "mode": {"S": entry.mode.value},
        "plan_digest": {"S": entry.plan_digest},
        "created_at": {"S": entry.created_at.isoformat()},
        "requested_by": {"S": entry.requested_by},
        "release": {"S": msgspec.json.encode(entry.release).decode()},
        "plan": {"S": msgspec.json.encode(entry.plan).decode()},
        "affected": {"S": msgspec.json.encode(entry.affected).decode()},
    }


def _read_deployment(item: Item) -> CatalogDeployment:
    return CatalogDeployment(
        deployment_id=item["name"]["S"],
        mode=DeploymentMode(item["mode"]["S"]),
        plan_digest=item["plan_digest"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        release=msgspec.json.decode(item["release"]["S"], type=Release | None),
        plan=msgspec.json.decode(item["plan"]["S"], type=RolloutPlan | None),
        requested_by=item["requested_by"]["S"],
        affected=msgspec.json.decode(item["affected"]["S"], type=tuple[str, ...]),
    )
