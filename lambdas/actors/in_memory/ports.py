"""All that the turn loop works with, in memory."""

from dataclasses import dataclass, field

from lambdas.actors.flush import FlushPorts
from lambdas.actors.in_memory.claim_store import InMemoryClaimStore
from lambdas.actors.in_memory.dead_letter_store import InMemoryDeadLetterStore
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.mark_store import InMemoryMarkStore
from lambdas.actors.in_memory.promise_store import InMemoryPromiseStore
from lambdas.actors.in_memory.retry_delays import InMemoryRetryDelays
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.in_memory.ways_out import (
    InMemoryEventPublisher,
    InMemoryExternalCaller,
    InMemoryTaskCompleter,
    InMemoryWakeUpScheduler,
)
from lambdas.actors.turn_loop import RuntimePorts


@dataclass(frozen=True)
class InMemoryPorts:
    """One of each; ``runtime`` hands them to a turn loop."""

    mailboxes: InMemoryMailboxes = field(default_factory=InMemoryMailboxes)
    store: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    claims: InMemoryClaimStore = field(default_factory=InMemoryClaimStore)
    marks: InMemoryMarkStore = field(default_factory=InMemoryMarkStore)
    wake_ups: InMemoryWakeUpScheduler = field(default_factory=InMemoryWakeUpScheduler)
    events: InMemoryEventPublisher = field(default_factory=InMemoryEventPublisher)
    tasks: InMemoryTaskCompleter = field(default_factory=InMemoryTaskCompleter)
    calls: InMemoryExternalCaller = field(default_factory=InMemoryExternalCaller)
    promises: InMemoryPromiseStore = field(default_factory=InMemoryPromiseStore)
    letters: InMemoryDeadLetterStore = field(default_factory=InMemoryDeadLetterStore)
    delays: InMemoryRetryDelays = field(default_factory=InMemoryRetryDelays)

    def runtime(self) -> RuntimePorts:
        """Give them to a turn loop."""
        flush = FlushPorts(
            mailboxes=self.mailboxes,
            wake_ups=self.wake_ups,
            events=self.events,
            tasks=self.tasks,
            calls=self.calls,
            promises=self.promises,
            letters=self.letters,
            marks=self.marks,
        )
        return RuntimePorts(self.store, self.claims, self.marks, flush, self.delays)


def in_memory_ports() -> InMemoryPorts:
    """Make a world in memory."""
    return InMemoryPorts()
