"""``ringtree rings``: the parts of the fleet and their order."""

from typing import Annotated

import typer
from rich.table import Table

from ringtree_cli.invocation import Json, operator_api, share_option
from ringtree_cli.terminal import Terminal

app = typer.Typer(name="rings", help="The parts of the fleet, in the order releases reach them.", no_args_is_help=True)


@app.command("list")
def list_rings(context: typer.Context, as_json: Json = False) -> None:
    """List rings, first to last."""
    with operator_api(context) as api:
        rings = api.rings()
    table = Table("ring", "order", "share of new devices", box=None)
    for ring in rings:
        table.add_row(ring.name, str(ring.order), f"{ring.share:.0%}")
    Terminal(as_json).answer({"rings": rings}, table)


@app.command("set")
def set_ring(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the ring; a new name makes a new ring.")],
    order: Annotated[int, typer.Option(help="Releases reach rings in ascending order.")],
    share: Annotated[float, share_option("Part of new devices that land here.")],
    as_json: Json = False,
) -> None:
    """Create a ring or change it. SHARE is the part of new devices that land here, such as 0.1 or 10%."""
    with operator_api(context) as api:
        ring = api.set_ring(name, order, share)
    Terminal(as_json).answer(ring, f"ring {ring.name}: order {ring.order}, takes {ring.share:.0%} of new devices")
