"""Rings."""

from lambdas.api.errors import InvalidRequestError
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.ring_reading import read_ring
from lambdas.api.views.rings import RingDefinition, RingList, RingView
from lambdas.fleet.rings import RING_NAME, Ring

router = OperatorRouter()


@router.get("/v1/rings", tags=["rings"], summary="List rings")
def list_rings() -> RingList:
    """All rings, in the order in which releases reach them."""
    return RingList(rings=[RingView.model_validate(ring) for ring in router.ports.catalog.rings()])


@router.get("/v1/rings/<ring>", tags=["rings"], summary="Get a ring")
def get_ring(ring: str) -> RingView:
    """Show one ring."""
    return RingView.model_validate(read_ring(router.ports.catalog, ring))


@router.put("/v1/rings/<ring>", tags=["rings"], summary="Create or change a ring")
def put_ring(ring: str, definition: RingDefinition) -> RingView:
    """Create a ring or change it; a share of 0 keeps new devices out of it."""
    if not RING_NAME.fullmatch(ring):
        raise InvalidRequestError(
            "invalid_request",
            f"ring name {ring[:100]!r} must match {RING_NAME.pattern}",
            field="ring",
            remedy="Use up to 24 lower-case letters, digits, - and _, for example early-2.",
        )
    defined = Ring(ring, definition.order, definition.share)
    router.ports.catalog.put_ring(defined)
    return RingView.model_validate(defined)
