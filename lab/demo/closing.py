"""The end of the demo: what was checked, what it took, and where to go from here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text
from ringtree_cli.answers import Deployment
from ringtree_cli.deployment_display import elapsed, outcome_text, styled_status
from ringtree_cli.durations import format_duration

from lab.demo.checks import Check


@dataclass(frozen=True, slots=True)
class ToldStory:
    """One deployment of the demo, after its end."""

    title: str
    deployment: Deployment
    checks: Sequence[Check]
    calls: Mapping[str, int]
    """AWS calls made while it ran, by service."""

    @property
    def ended_as_told(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


def print_checks(console: Console, checks: Iterable[Check]) -> None:
    """A line per check: whether it holds, and what was seen."""
    for check in checks:
        mark = Text("✓ ", style="green") if check.holds else Text("✗ ", style="bold red")
        console.print(Text.assemble(mark, check.sentence, (f": {check.seen}", "dim")), soft_wrap=True)


def print_closing(console: Console, stories: Sequence[ToldStory]) -> None:
    """The tables of rings and of calls."""
    console.print()
    console.print(_ring_table(stories))
    console.print()
    console.print(_call_table(stories))


def _ring_table(stories: Sequence[ToldStory]) -> Table:
    headings = ("story", "ring", "status", "devices", "outcomes", "took", "verdict")
    table = Table(*headings, title="Rings", title_justify="left")
    now = datetime.now(UTC)
    for story in stories:
        deployment = story.deployment
        took = format_duration(elapsed(deployment.created_at, deployment.ended_at, now))
        reason = Text(deployment.reason or "")
        table.add_row(Text(story.title, style="bold"), "", styled_status(deployment.status), "", "", took, reason)
        for number, ring in enumerate(deployment.rings, start=1):
            took = format_duration(elapsed(ring.started_at, ring.ended_at, now)) if ring.started_at else ""
            cells = (ring.ring, styled_status(ring.status), str(ring.devices), outcome_text(ring), took)
            table.add_row("", *cells, Text(ring.finding or ""), end_section=number == len(deployment.rings))
    return table


def _call_table(stories: Sequence[ToldStory]) -> Table:
    """Calls of functions, state machines and of ourselves, as the emulator counted them."""
    caption = "from start to end; heartbeats and the looks of this display included"
    table = Table("AWS calls made", title_justify="left", caption=caption, caption_justify="left")
    for story in stories:
        table.add_column(story.title, justify="right")
    for service in sorted({service for story in stories for service in story.calls}):
        table.add_row(service, *(f"{story.calls.get(service, 0):,}" for story in stories))
    table.add_section()
    table.add_row("all", *(f"{sum(story.calls.values()):,}" for story in stories))
    return table
