"""What one invocation of the turn loop has done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from lambdas.actors.draft import Counts, total
from lambdas.actors.group_run import GroupRun
from lambdas.actors.turn_failure import TurnFailure


@dataclass(frozen=True, slots=True)
class TurnReport:
    """Counts for the log, failures for people, and the messages that must come again."""

    messages: int = 0
    agents: int = 0
    commits: int = 0
    redone: int = 0
    """Turns done again because another turn of the agent was committed first."""
    turns: Counts = field(default_factory=Counts)
    """Summed over all turns that were committed or had nothing to commit."""
    left: Mapping[str, int] = field(default_factory=dict)
    """How many frames, wake-ups, events, letters and answers left."""
    failures: tuple[TurnFailure, ...] = ()
    unhandled: tuple[str, ...] = ()
    """Ids of the messages that must come again."""

    def counts(self) -> dict[str, int]:
        """Give all counts by name, for one log line."""
        return {
            "messages": self.messages,
            "agents": self.agents,
            "commits": self.commits,
            "redone": self.redone,
            **{one.name: getattr(self.turns, one.name) for one in fields(Counts)},
            **self.left,
            "failures": len(self.failures),
            "sent_back": len(self.unhandled),
        }

    def with_runs(self, runs: Sequence[GroupRun]) -> "TurnReport":
        """Count turns that were committed or had nothing to commit."""
        return replace(
            self,
            commits=self.commits + sum(run.next_item is not None for run in runs),
            turns=total([self.turns, *(run.counts for run in runs)]),
            failures=(*self.failures, *(failure for run in runs for failure in run.failures)),
            unhandled=(*self.unhandled, *(message_id for run in runs for message_id in run.unhandled)),
        )

    def with_failure(self, failure: TurnFailure, unhandled: Iterable[str]) -> "TurnReport":
        """Note a failure and the messages that must come again because of it."""
        again = tuple(dict.fromkeys((*self.unhandled, *unhandled)))
        return replace(self, failures=(*self.failures, failure), unhandled=again)
