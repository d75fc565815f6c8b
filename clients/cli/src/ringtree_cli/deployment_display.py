"""How a deployment looks: as a live picture of its rings filling, and as a line for terminals that cannot redraw."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ringtree_cli.answers import Deployment, Device, RingProgress
from ringtree_cli.durations import format_duration

BAR_CELLS = 24
AT_WORK = ("offered", "downloading", "installing", "verifying")
OUTCOME_STYLES = {
    "done": "green",
    "failed": "red",
    "rolled_back": "yellow",
    "silent": "magenta",
    "deferred": "blue",
    "cancelled": "bright_black",
}
STATUS_STYLES = {
    "waiting": "dim",
    "skipped": "dim",
    "planned": "dim",
    "running": "cyan",
    "paused": "blue",
    "passed": "green",
    "promoted": "bold green",
    "rehearsed": "bold green",
    "failed": "bold red",
    "aborting": "red",
    "aborted": "bold red",
    "rolled_back": "bold yellow",
}


def count_states(devices: Iterable[Device], deployment_id: str) -> Mapping[str, int]:
    """Devices at work on a deployment, by the state they are in."""
    states = (
        device.deployment.state
        for device in devices
        if device.deployment is not None and device.deployment.deployment_id == deployment_id
    )
    return Counter(state for state in states if state in AT_WORK)


def render_deployment(deployment: Deployment, at_work: Mapping[str, int], now: datetime) -> RenderableType:
    """The picture of a deployment at one moment."""
    title = Text.assemble(
        ("release ", "dim"),
        (deployment.release or "none", "bold"),
        ("  deployment ", "dim"),
        deployment.deployment_id,
        "  ",
        styled_status(deployment.status),
        ("  elapsed ", "dim"),
        format_duration(elapsed(deployment.created_at, deployment.ended_at, now)),
    )
    parts: list[RenderableType] = [title, render_rings(deployment.rings, now)]
    parts += [Text.assemble((f"{ring.ring}: ", "dim"), ring.finding) for ring in deployment.rings if ring.finding]
    if at_work:
        parts.append(Text("devices at work: " + _count_text(at_work), style="cyan"))
    if deployment.reason and not any(ring.finding and ring.finding in deployment.reason for ring in deployment.rings):
        parts.append(Text(f"because {deployment.reason}", style=STATUS_STYLES.get(deployment.status, "")))
    return Group(*parts)


def render_rings(rings: Iterable[RingProgress], now: datetime) -> Table:
    """A row per ring: its bar, its counts, and how long."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("ring", "status", "filling", "devices", "elapsed"):
        table.add_column(heading, header_style="dim", no_wrap=True)
    table.add_column("outcomes", header_style="dim")
    for ring in rings:
        table.add_row(
            ring.ring,
            styled_status(ring.status),
            outcome_bar(ring),
            f"{ring.outcomes.ended}/{ring.devices}",
            format_duration(elapsed(ring.started_at, ring.ended_at, now)) if ring.started_at else "",
            outcome_text(ring),
        )
    return table


def outcome_bar(ring: RingProgress, cells: int = BAR_CELLS) -> Text:
    """A bar whose colours are the outcomes so far, each at least one cell wide when it has happened at all."""
    bar, used = Text(), 0
    for outcome, style in OUTCOME_STYLES.items():
        count = getattr(ring.outcomes, outcome)
        if count and ring.devices:
            width = min(cells - used, max(1, round(cells * count / ring.devices)))
            bar.append("█" * width, style=style)
            used += width
    return bar.append("░" * (cells - used), style="dim")


def outcome_text(ring: RingProgress) -> Text:
    """The outcomes that have happened, in words."""
    happened = [(name, getattr(ring.outcomes, name), style) for name, style in OUTCOME_STYLES.items()]
    parts = [Text(f"{count} {name.replace('_', ' ')}", style=style) for name, count, style in happened if count]
    return Text(", ").join(parts)


def styled_status(status: str) -> Text:
    """A status in its colour."""
    return Text(status.replace("_", " "), style=STATUS_STYLES.get(status, ""))


def progress_line(deployment: Deployment, at_work: Mapping[str, int]) -> str:
    """The same picture in one line, without the time, so that it changes only when something has happened."""
    parts = [f"{deployment.release or deployment.mode} {deployment.status.replace('_', ' ')}"]
    parts += [_ring_words(ring) for ring in deployment.rings]
    return " · ".join([*parts, _count_text(at_work)] if at_work else parts)


def _ring_words(ring: RingProgress) -> str:
    if ring.status in ("waiting", "skipped"):
        return f"{ring.ring} {ring.status}"
    outcomes = f" ({outcome_text(ring).plain})" if ring.outcomes.ended else ""
    return f"{ring.ring} {ring.status.replace('_', ' ')} {ring.outcomes.ended}/{ring.devices}{outcomes}"


def elapsed(started_at: datetime | None, ended_at: datetime | None, now: datetime) -> timedelta:
    """How long something has taken so far, or took."""
    return timedelta(0) if started_at is None else (ended_at or now) - started_at


def _count_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[state]} {state}" for state in AT_WORK if counts.get(state))
