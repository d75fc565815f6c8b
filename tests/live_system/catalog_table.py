"""The catalog as it lies in its table."""

from dataclasses import dataclass
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """Reads items past the API."""

    aws: EmbeddedAws
    table: str

    def items(self) -> dict[tuple[str, str], Any]:
        """All rings, releases and deployments, by kind and name."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return {(item["kind"]["S"], item["name"]["S"]): item for page in pages for item in page["Items"]}
