"""Devices."""

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.messages import AssignRing
from lambdas.api.device_reading import device_page, device_views, read_device
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.ring_reading import read_ring
from lambdas.api.views.devices import DevicePage, DeviceView, RingAssignment, RingAssignmentView
from lambdas.api.views.fields import Cursor, Limit, OptionalRing

router = OperatorRouter()


@router.get("/v1/devices", tags=["devices"], summary="List devices")
def list_devices(ring: OptionalRing = None, limit: Limit = 100, cursor: Cursor = None) -> DevicePage:
    """Page through the devices, of one ring or of all."""
    ports = router.ports
    if ring is not None:
        read_ring(ports.catalog, ring)
    return device_page(ports, ring, limit, cursor)


@router.get("/v1/devices/<device_id>", tags=["devices"], summary="Get a device")
def get_device(device_id: str) -> DeviceView:
    """Show one device."""
    ports = router.ports
    read_device(ports, device_id)
    return device_views(ports, [device_id])[0]


@router.patch("/v1/devices/<device_id>", tags=["devices"], summary="Move a device to another ring", status_code=202)
def move_device(device_id: str, assignment: RingAssignment) -> RingAssignmentView:
    """Move a device; takes effect with the next deployment."""
    ports = router.ports
    read_device(ports, device_id)
    ring = read_ring(ports.catalog, assignment.ring)
    ports.mailbox.tell(ActorId("device", device_id), AssignRing(ring.name), router.request_id)
    return RingAssignmentView(device_id=device_id, ring=ring.name)
