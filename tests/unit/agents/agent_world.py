"""All agents in one process, without a runtime: every message is delivered once, in order per lane of its receiver."""

import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.effects import CancelReminder, CompleteTask, Publish, Remind, Send
from lambdas.actors.lanes import Lane
from lambdas.agents.registry import spec_of


@dataclass
class AgentWorld:
    """Mailboxes, reminders and a clock; the order in which agents run is drawn from ``rng``."""

    now: datetime
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    states: dict[ActorId, Any] = field(default_factory=dict)
    mailboxes: dict[tuple[ActorId, Lane], deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    reminders: dict[tuple[ActorId, str], tuple[datetime, Any]] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    observe: Callable[["AgentWorld"], None] = lambda _world: None

    def tell(self, agent: str, message: Any, lane: Lane = Lane.NORMAL) -> None:
        self.mailboxes[ActorId.parse(agent), lane].append(message)

    def state(self, agent: str) -> Any:
        actor = ActorId.parse(agent)
        if actor not in self.states:
            self.states[actor] = spec_of(actor.kind).behavior.initial_state(actor.key)
        return self.states[actor]

    def run(self) -> None:
        """Deliver until every mailbox is empty."""
        while waiting := [mailbox for mailbox, messages in self.mailboxes.items() if messages]:
            mailbox = self.rng.choice(waiting)
            self._react(mailbox[0], self.mailboxes[mailbox].popleft())
            self.observe(self)

    def advance(self, time: timedelta) -> None:
        """Let time pass: due reminders fire in their order, and what they cause is delivered."""
        until = self.now + time
        while due := [(at, str(key[0]), key) for key, (at, _) in self.reminders.items() if at <= until]:
            at, _, key = min(due)
            self.now = max(self.now, at)
            _, message = self.reminders.pop(key)
            self._react(key[0], message)
            self.run()
        self.now = until

    def _react(self, actor: ActorId, message: Any) -> None:
        turn = spec_of(actor.kind).behavior.react(self.state(str(actor)), message, self.now)
        self.states[actor] = turn.state
        for effect in turn.effects:
            match effect:
                case Send(to, sent, lane):
                    assert to.kind in spec_of(actor.kind).sends_to, f"{actor.kind} may not send to {to.kind}"
                    assert lane in spec_of(to.kind).lanes, f"{to.kind} has no lane {lane}"
                    self.mailboxes[to, lane].append(sent)
                case Publish(event):
                    assert spec_of(actor.kind).publishes
                    self.events.append(event)
                case Remind(name, due, later):
                    self.reminders[actor, name] = (due, later)
                case CancelReminder(name):
                    self.reminders.pop((actor, name), None)
                case CompleteTask(token, output):
                    assert spec_of(actor.kind).completes_tasks
                    self.answers[token] = output
