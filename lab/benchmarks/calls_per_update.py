"""Benchmark: AWS calls and dollars of one device update."""

from rich.table import Table

from lab.benchmarks.attribution import Calls
from lab.benchmarks.laboratory import ACTIVE_HEARTBEAT_SECONDS, IDLE_HEARTBEAT_SECONDS, Laboratory
from lab.benchmarks.outcome import Outcome
from lab.benchmarks.rollout import POLICY, Rollout
from lab.benchmarks.update_price import bill_of_update
from lab.cost_model.bill import Bill, iot_jobs_usd

UPDATES = 1_000_000
STRAY_SHARE = 0.02
"""Calls of an idle fleet that belong to nobody, per heartbeat: those at the edges of the time that was counted."""


def measure(lab: Laboratory) -> Outcome:
    """Count a deployment to the largest fleet, and the same fleet when it is idle."""
    rollout, idle = lab.rollouts[-1], lab.idle
    bill, jobs = bill_of_update(rollout), iot_jobs_usd(UPDATES)
    stray = idle.control_plane.total()
    per_heartbeat = idle.heartbeats.total() / max(1, idle.number_of_heartbeats)
    title = f"AWS calls of one device update ({rollout.devices} devices, batches of {POLICY.batch_size})"
    in_all = bill.times(UPDATES)
    return Outcome(
        tables=(_call_table(title, rollout, idle.heartbeats, idle.number_of_heartbeats), _bill_table(in_all, jobs)),
        figures={
            "devices": rollout.devices,
            "calls_per_update": rollout.calls_per_device,
            "calls_per_update_by_operation": _per(rollout.calls.control_plane, rollout.devices),
            "calls_per_heartbeat": per_heartbeat,
            "heartbeats_while_deploying": rollout.calls.number_of_heartbeats,
            "stray_calls_of_idle_fleet": stray,
            "turns": {of_kind.kind: [of_kind.commits, of_kind.write_units] for of_kind in rollout.turns},
            "largest_items_bytes": {of_kind.kind: of_kind.largest_item_bytes for of_kind in rollout.turns},
            "usd_per_million": {line.what: line.usd for line in in_all.lines},
            "usd_per_million_counted": in_all.counted_usd,
            "usd_per_million_with_assumed": in_all.usd,
            "iot_jobs_usd_per_million": jobs,
            "share_of_iot_jobs": in_all.usd / jobs,
        },
        promises={
            "an idle fleet makes no calls but those of heartbeats": stray <= STRAY_SHARE * idle.number_of_heartbeats,
            "a device update costs less than a tenth of IoT Jobs": in_all.usd < jobs / 10,
        },
    )


def _call_table(title: str, rollout: Rollout, idle: Calls, idle_heartbeats: int) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.caption = (
        f"Heartbeats every {IDLE_HEARTBEAT_SECONDS} s, {ACTIVE_HEARTBEAT_SECONDS} s with work in hand; theirs are told"
        " by their queue and functions, and counted again on the idle fleet. Our looks for the end are left out."
    )
    for heading in ("service", "operation"):
        table.add_column(heading)
    for heading in ("per update", "per heartbeat"):
        table.add_column(heading, justify="right")
    update = _per(rollout.calls.control_plane, rollout.devices)
    heartbeat = _per(idle, max(1, idle_heartbeats))
    for service, operation in sorted({*rollout.calls.control_plane, *idle}):
        name = f"{service} {operation}"
        table.add_row(service, operation, f"{update.get(name, 0):.2f}", f"{heartbeat.get(name, 0):.2f}")
    table.add_section()
    table.add_row("all", "", f"{sum(update.values()):.2f}", f"{sum(heartbeat.values()):.2f}")
    return table


def _bill_table(bill: Bill, jobs: float) -> Table:
    table = Table(title="Price of 1,000,000 device updates, control plane, us-east-1 list prices", title_justify="left")
    table.add_column("what")
    for heading in ("units per update", "USD"):
        table.add_column(heading, justify="right")
    table.add_column("units are")
    for line in bill.lines:
        units = f"{line.units / UPDATES:.3g}"
        table.add_row(line.what, units, f"{line.usd:.2f}", "assumed" if line.is_assumed else "counted")
    table.add_section()
    table.add_row("counted", "", f"{bill.counted_usd:.2f}")
    table.add_row("with what is assumed", "", f"{bill.usd:.2f}")
    table.add_row("AWS IoT Jobs", "", f"{jobs:,.2f}")
    table.add_row("ratio", "", f"1 : {jobs / bill.usd:.0f}")
    return table


def _per(calls: Calls, number: int) -> dict[str, float]:
    return {f"{service} {operation}": count / number for (service, operation), count in sorted(calls.items())}
