"""FLUSH: lets the outboxes of committed turns out, all agents of a batch together."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from lambdas.actors.actor_id import ActorId
from lambdas.actors.frames import Frame
from lambdas.actors.held_replay import replay_held
from lambdas.actors.outbox import Outbox
from lambdas.actors.ports import (
    DeadLetterStore,
    EventPublisher,
    ExternalCaller,
    MailboxSender,
    MarkStore,
    PortUnavailableError,
    PromiseStore,
    TaskCompleter,
    WakeUpScheduler,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FlushPorts:
    """The ways out of an agent."""

    mailboxes: MailboxSender
    wake_ups: WakeUpScheduler
    events: EventPublisher
    tasks: TaskCompleter
    calls: ExternalCaller
    promises: PromiseStore
    letters: DeadLetterStore
    marks: MarkStore


class Flush:
    """Lets outboxes out. An agent of which something did not leave sends nothing of a later kind either.

    So whoever sees a task completed finds the messages sent that the same turn meant to send before.
    """

    def __init__(self, outboxes: Mapping[ActorId, Outbox], ports: FlushPorts) -> None:
        self._outboxes = outboxes
        self._ports = ports
        self.failed: dict[ActorId, str] = {}
        self.left: dict[str, int] = {}

    def run(self, now: datetime) -> None:
        """Let out all that can be; ``failed`` then says what could not, ``left`` how much of each kind did."""
        ports = self._ports
        self._let_out("marks", lambda outbox: outbox.evicted, ports.marks.remember)
        self._let_out("letters", lambda outbox: outbox.letters, ports.letters.park)
        self._let_out("settled", lambda outbox: outbox.settled, ports.letters.settle)
        self._let_out("frames", lambda outbox: outbox.frames, ports.mailboxes.send)
        self._let_out("wake_ups", lambda outbox: outbox.wake_ups, lambda due: ports.wake_ups.schedule(due, now))
        self._let_out("events", lambda outbox: outbox.events, ports.events.publish)
        self._let_out("calls", lambda outbox: outbox.calls, ports.calls.hand_over)
        self._let_out("promises", lambda outbox: outbox.promises, ports.promises.keep)
        self._let_out("answers", lambda outbox: outbox.answers, ports.tasks.complete)
        self._let_out(
            "replays",
            lambda outbox: outbox.replays,
            lambda windows: replay_held(windows, ports.letters, ports.mailboxes),
        )

    def send_loose(self, frames: Sequence[Frame]) -> None:
        """Send what may be lost, once."""
        if frames:
            self.left["loose"] = len(frames)
            self._ports.mailboxes.send_at_most_once(frames)

    def _let_out(
        self, what: str, part: Callable[[Outbox], Sequence[T]], send: Callable[[Sequence[T]], Collection[int]]
    ) -> None:
        owned = [
            (agent, entry)
            for agent, outbox in self._outboxes.items()
            if agent not in self.failed
            for entry in part(outbox)
        ]
        if not owned:
            return
        try:
            kept = send([entry for _, entry in owned])
        except PortUnavailableError:
            kept = range(len(owned))
        self.left[what] = len(owned) - len(kept)
        for place in kept:
            self.failed[owned[place][0]] = f"some of its {what} did not leave; they do when its messages come again"
