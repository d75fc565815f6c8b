"""What the audience sees: alive on a terminal, line by line in a log."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.text import Text
from ringtree_cli.answers import Deployment
from ringtree_cli.deployment_display import progress_line, render_deployment
from ringtree_cli.deployment_watch import Sight
from ringtree_cli.durations import format_duration

Count = Callable[[int], None]
"""Told how many there are by now."""
SECONDS_BETWEEN_PRINTED_COUNTS = 5.0


class Stage:
    """Shows acts, counts and deployments."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._opened_at = datetime.now(UTC)

    @property
    def elapsed(self) -> timedelta:
        """Time since the stage opened."""
        return datetime.now(UTC) - self._opened_at

    def act(self, title: str) -> None:
        """Begin a new part."""
        self.console.print()
        if self.console.is_terminal:
            self.console.print(Rule(f"{title}  [{format_duration(self.elapsed)}]", align="left"))
        else:
            self.say(f"== {title}")

    def say(self, text: str, style: str = "") -> None:
        """Say a line that stays."""
        clock = "" if self.console.is_terminal else f"[{format_duration(self.elapsed)}] "
        self.console.print(f"{clock}{text}", style=style, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def counting(self, title: str, total: int) -> Iterator[Count]:
        """Show a number growing towards a total."""
        if not self.console.is_terminal:
            yield self._printed_count(title, total)
            return
        title_column = TextColumn("{task.description}")
        columns = (SpinnerColumn(), title_column, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            bar = progress.add_task(title, total=total)
            yield lambda count: progress.update(bar, completed=count)

    def follow(self, sights: Iterable[Sight], aside: Callable[[], str]) -> Deployment:
        """Show a deployment from its start to its end; ``aside`` says what happens beside it."""
        deployment: Deployment | None = None
        if self.console.is_terminal:
            with Live(console=self.console, auto_refresh=False) as live:
                for sight in sights:
                    deployment = sight.deployment
                    picture = render_deployment(deployment, sight.at_work, datetime.now(UTC))
                    live.update(Group(picture, Text(aside(), style="dim")), refresh=True)
        else:
            said = ""
            for sight in sights:
                deployment, line = sight.deployment, f"{progress_line(sight.deployment, sight.at_work)} · {aside()}"
                if line != said:
                    self.say(line)
                said = line
        if deployment is None:
            raise ValueError("a deployment that is followed is seen at least once")
        return deployment

    def _printed_count(self, title: str, total: int) -> Count:
        last_said, last_count = datetime.min.replace(tzinfo=UTC), -1

        def report(count: int) -> None:
            nonlocal last_said, last_count
            waited = (datetime.now(UTC) - last_said).total_seconds() >= SECONDS_BETWEEN_PRINTED_COUNTS
            if count != last_count and (waited or count == total):
                self.say(f"{title}: {count} of {total}")
                last_said, last_count = datetime.now(UTC), count

        return report
