"""``ringtree devices``: who is in the fleet, and in which ring."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from ringtree_cli.answers import Device
from ringtree_cli.decoding import to_json
from ringtree_cli.invocation import Cursor, Json, Limit, operator_api
from ringtree_cli.terminal import Terminal

app = typer.Typer(name="devices", help="Who is in the fleet, and in which ring.", no_args_is_help=True)

DeviceId = Annotated[str, typer.Argument(help="Id of the device.")]


@app.command("list")
def list_devices(
    context: typer.Context,
    ring: Annotated[str | None, typer.Option(help="Only devices of this ring.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """List devices."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        page = api.device_page(ring, limit, cursor)
    terminal.answer(page, _table(page.devices))
    if page.cursor and not as_json:
        terminal.say(f"there are more: --cursor {page.cursor}")


@app.command()
def show(context: typer.Context, device_id: DeviceId, as_json: Json = False) -> None:
    """Show one device."""
    with operator_api(context) as api:
        device = api.device(device_id)
    Terminal(as_json).answer(device, to_json(device))


@app.command()
def assign(
    context: typer.Context,
    device_id: DeviceId,
    ring: Annotated[str, typer.Argument(help="The ring to move it to.")],
    as_json: Json = False,
) -> None:
    """Move a device to another ring; takes effect with the next deployment."""
    with operator_api(context) as api:
        api.assign_ring(device_id, ring)
    Terminal(as_json).answer({"device_id": device_id, "ring": ring}, f"{device_id} moves to ring {ring}")


def _table(devices: tuple[Device, ...]) -> Table:
    table = Table(
        "device", "ring", "online", "runs", "deployment", "state", "cpu", "memory", "battery", "seen", box=None
    )
    for device in devices:
        deployment, vitals = device.deployment, device.vitals
        table.add_row(
            device.device_id + (" (simulated)" if device.is_simulated else ""),
            device.ring,
            "yes" if device.is_online else "no",
            device.running_release or "-",
            deployment.deployment_id if deployment else "-",
            deployment.state if deployment else "-",
            f"{vitals.cpu_percent:.0f}%" if vitals else "-",
            f"{vitals.memory_percent:.0f}%" if vitals else "-",
            f"{vitals.battery_percent:.0f}%" if vitals and vitals.battery_percent is not None else "-",
            _clock(device.last_seen),
        )
    return table


def _clock(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else "never"
