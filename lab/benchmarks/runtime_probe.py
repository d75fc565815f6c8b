"""``python -m lab.benchmarks.runtime_probe 10 1``: what the runtime itself takes for a message, without any AWS.

Prints ``{"seconds": ...}``, the processor time of one message in the fastest round, for ten agents with one message
each: a busy machine only adds to it.
"""

import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from lab.benchmarks.meter import BEHAVIOR, SITE, Meter
from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.in_memory.ports import in_memory_ports
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import CommitOutcome, CommitStatus
from lambdas.actors.reach import Reach
from lambdas.actors.turn_loop import TurnLoop

FIRST_BATCHES, ROUNDS, BATCHES_OF_A_ROUND = 50, 9, 60
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
COMMITTED = CommitOutcome(CommitStatus.COMMITTED)

_number = count(1)


class Items:
    """A StateStore that keeps what it is given, and nothing else: the runtime is measured, not a store."""

    def __init__(self) -> None:
        self._items: dict[ActorId, AgentItem] = {}

    def load(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentItem]:
        """Give items."""
        return {agent: self._items[agent] for agent in agents if agent in self._items}

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        """Keep items."""
        agents = {ActorId.parse(item["agent"]): item for item in items}
        self._items.update(agents)
        return dict.fromkeys(agents, COMMITTED)


class Writing:
    """A MailboxSender that writes frames as they would travel, and drops them."""

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        """Write frames."""
        for frame in frames:
            encode_frame(frame)
        return ()

    def send_at_most_once(self, frames: Sequence[Frame]) -> None:
        """Write frames."""
        self.send(frames)


def seconds_of_a_message(agents: int, messages: int) -> float:
    """Measure the turn loop: frames are read, items are read and written, effects written as frames."""
    loop = turn_loop()
    batches = [_batch(agents, messages) for _ in range(FIRST_BATCHES + ROUNDS * BATCHES_OF_A_ROUND)]
    for batch in batches[:FIRST_BATCHES]:
        _handle(loop, batch)
    taken = []
    for number in range(ROUNDS):
        start = FIRST_BATCHES + number * BATCHES_OF_A_ROUND
        began = time.process_time()
        for batch in batches[start : start + BATCHES_OF_A_ROUND]:
            _handle(loop, batch)
        taken.append((time.process_time() - began) / (BATCHES_OF_A_ROUND * agents * messages))
    return min(taken)


def turn_loop() -> TurnLoop[Meter]:
    """Make the turn loop of meters."""
    runtime = in_memory_ports().runtime()
    ports = replace(runtime, store=Items(), flush=replace(runtime.flush, mailboxes=Writing()))
    reach = Reach(frozenset({SITE}), publishes=False, completes_tasks=False)
    return TurnLoop(BEHAVIOR, reach, ports, lambda: 0.0)


def _batch(agents: int, messages: int) -> list[MailboxRecord]:
    records = []
    for agent in range(agents):
        for _ in range(messages):
            number, address = next(_number), f"meter/m-{agent}"
            reading = f'{{"value":{number % 7}.5,"taken_at":"2026-11-20T12:00:00Z"}}'
            body = f'{{"to":"{address}","messages":[{{"type":"Reading","data":{reading}}}]}}'
            records.append(MailboxRecord(f"message-{number}", address, "meter.fifo", number, body))
    return records


def _handle(loop: TurnLoop[Meter], batch: Sequence[MailboxRecord]) -> None:
    report = loop.handle(batch, NOON, f"run-{next(_number)}")
    if report.unhandled:
        raise RuntimeError(f"messages came back: {report.failures}")


if __name__ == "__main__":
    print(json.dumps({"seconds": seconds_of_a_message(int(sys.argv[1]), int(sys.argv[2]))}))
