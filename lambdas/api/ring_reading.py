"""Rings as the catalog knows them."""

from lambdas.api.errors import unknown
from lambdas.fleet.ports import Catalog
from lambdas.fleet.rings import Ring


def read_ring(catalog: Catalog, name: str, field: str = "ring") -> Ring:
    """Read a ring; raises NotFoundError naming the known ones when there is none of that name."""
    rings = catalog.rings()
    for ring in rings:
        if ring.name == name:
            return ring
    raise unknown("ring", name, field=field, remedy=f"Known rings: {', '.join(ring.name for ring in rings)}.")
