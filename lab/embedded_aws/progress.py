"""Shows what goes on while a person waits: the phase, how long it has taken, the last line of the tool at work."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

_SECONDS_BETWEEN_PRINTED_LINES = 10.0

Report = Callable[[str], None]
"""Takes the latest line of the tool at work."""


@dataclass(slots=True)
class _RunningPhase:
    """A phase as it is drawn; drawn anew many times a second, so the clock runs even when the tool says nothing."""

    title: str
    started: float = field(default_factory=time.monotonic)
    latest: str = ""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def __rich__(self) -> Text:
        return Text.assemble(
            (self.title, "bold"), f"  {self.seconds:.0f} s  ", (self.latest, "dim"), overflow="ellipsis"
        )


class Progress:
    """Shows phases: alive on a terminal, as lines in a log."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @classmethod
    def silent(cls) -> "Progress":
        """Show nothing: for tests, which tell their own failures."""
        return cls(Console(quiet=True))

    def say(self, message: str) -> None:
        """Print a line that stays."""
        self.console.print(message, soft_wrap=True, highlight=False)

    @contextmanager
    def phase(self, title: str) -> Iterator[Report]:
        """Show a phase while its block runs, and how long it took when it ends well."""
        phase = _RunningPhase(title)
        if self.console.is_terminal:
            with self.console.status(phase, spinner_style="bold"):
                yield lambda line: setattr(phase, "latest", line)
        else:
            self.say(f"{title} ...")
            yield self._line_now_and_then(phase)
        self.say(f"{title}: done in {phase.seconds:.0f} s")

    def _line_now_and_then(self, phase: _RunningPhase) -> Report:
        last_printed = phase.started

        def report(line: str) -> None:
            nonlocal last_printed
            if time.monotonic() - last_printed >= _SECONDS_BETWEEN_PRINTED_LINES:
                last_printed = time.monotonic()
                self.say(f"  {phase.seconds:.0f} s: {line}")

        return report
