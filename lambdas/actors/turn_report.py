"""What one invocation of the turn loop has done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from lambdas.actors.group_run import GroupRun
from lambdas.actors.turn_in_progress import TurnFailure


@dataclass(frozen=True, slots=True)
class TurnReport:
    """Counts for the log, failures for people, and the messages that must come again."""

    messages: int = 0
    agents: int = 0
    commits: int = 0
    duplicates: int = 0
    """Messages that were handled before and came again."""
    repeats: int = 0
    """Frames that their sender sent again."""
    redone: int = 0
    """Turns done again because another turn of the agent was committed first."""
    timers_fired: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    """How many frames, wake-ups, events and answers left."""
    failures: tuple[TurnFailure, ...] = ()
    unhandled: tuple[str, ...] = ()
    """Ids of the messages that must come again."""

    def counts(self) -> dict[str, int]:
        """Give all counts by name, for one log line."""
        return {
            "messages": self.messages,
            "agents": self.agents,
            "commits": self.commits,
            "duplicates": self.duplicates,
            "repeats": self.repeats,
            "redone": self.redone,
            "timers_fired": self.timers_fired,
            **self.left,
            "failures": len(self.failures),
            "sent_back": len(self.unhandled),
        }

    def with_run(self, run: GroupRun) -> "TurnReport":
        """Count a turn that was committed or had nothing to commit."""
        return replace(
            self,
            commits=self.commits + (run.next_item is not None),
            duplicates=self.duplicates + run.duplicates,
            repeats=self.repeats + run.repeats,
            timers_fired=self.timers_fired + run.timers_fired,
            failures=(*self.failures, *run.failures),
            unhandled=(*self.unhandled, *run.unhandled),
        )

    def with_failure(self, failure: TurnFailure, unhandled: Iterable[str]) -> "TurnReport":
        """Note a failure and the messages that must come again because of it."""
        again = tuple(dict.fromkeys((*self.unhandled, *unhandled)))
        return replace(self, failures=(*self.failures, failure), unhandled=again)
