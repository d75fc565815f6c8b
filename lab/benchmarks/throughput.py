"""Benchmark: messages a second through the deployed function of device agents, one hot agent and a thousand."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil
from rich.table import Table

from lab.benchmarks.agent_items import read_agent_items
from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.outcome import Outcome
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.system import EmbeddedSystem
from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.agents.device.messages import DeviceHeard

FUNCTION = "DeviceTurns"
HOT_MESSAGES = 2_000
AGENTS, MESSAGES_OF_EACH = 1_000, 4
ENTRIES_OF_A_CALL = 10
DONE_WITHIN_SECONDS = 300.0
LOOKS_EVERY_SECONDS = 0.2
CORES_IN_USE = 0.85
"""Share of the machine from which on it is the machine that bounds."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where the messages go, and what works them off."""

    queue: str
    source: str
    """Id of the event source mapping."""
    table: str


@dataclass(frozen=True, slots=True)
class Rush:
    """A backlog worked off."""

    what: str
    messages: int
    seconds: float
    runs: int
    """Invocations of the function."""
    busy: float
    """Share of the machine's cores that the emulator and the functions took."""
    emulator_busy: float
    """Share of one core that the emulator itself took; it is one Python process, so 1 is its limit."""
    agents: int
    """Of those that were told something, those that have committed."""
    agents_told: int

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def bound(self) -> str:
        """Say what held it up."""
        if self.busy >= CORES_IN_USE:
            return "the machine: all of its cores are in use"
        if self.emulator_busy >= CORES_IN_USE:
            return "the emulator: one Python process, one core"
        if self.agents == 1:
            each = self.seconds / max(1, self.runs) * 1000
            return f"one run after the other, {each:.0f} ms each with the emulator's pauses"
        return "the emulator's pauses, and what else the machine does"


def measure(lab: Laboratory) -> Outcome:
    """Fill the mailbox of devices while nobody works it off, then let it go."""
    aws = lab.system.aws
    mailbox = _mailbox(lab.system)
    with lab.progress.phase("Rushing messages through agents") as report:
        report(f"{HOT_MESSAGES} to one agent")
        _warm_up(aws, mailbox.queue)
        hot = _rush(aws, mailbox, "1 agent", _devices(1) * HOT_MESSAGES)
        report(f"{AGENTS * MESSAGES_OF_EACH} to {AGENTS} agents")
        many = _rush(aws, mailbox, f"{AGENTS:,} agents", _devices(AGENTS) * MESSAGES_OF_EACH)
    rushes = (hot, many)
    return Outcome(
        tables=(_table(rushes),),
        figures={
            rush.what: {
                "messages_per_second": rush.rate,
                "messages_of_a_run": rush.messages / max(1, rush.runs),
                "machine_busy_share": rush.busy,
                "emulator_busy_share": rush.emulator_busy,
                "bound_by": rush.bound,
            }
            for rush in rushes
        },
        promises={
            f"of {rush.what}, all have taken what they were told": rush.agents == rush.agents_told for rush in rushes
        },
    )


def _mailbox(system: EmbeddedSystem) -> Mailbox:
    """Find the normal mailbox of devices, the mapping that works it off, and the table of agents."""
    aws = system.aws
    queues = aws.client("sqs").list_queues()["QueueUrls"]
    queue = next(url for url in queues if "-DeviceMailbox" in url)
    mappings = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    name = queue.rsplit("/", 1)[-1]
    source = next(mapping["UUID"] for mapping in mappings if mapping["EventSourceArn"].endswith(f":{name}"))
    return Mailbox(queue, source, system.connection.outputs["AgentsTable"])


def _devices(count: int) -> list[ActorId]:
    batch = uuid.uuid4().hex[:8]
    return [ActorId("device", f"rush-{batch}-{number}") for number in range(count)]


def _warm_up(aws: EmbeddedAws, queue: str) -> None:
    """Let the function start as often as it may run at one time."""
    _send(aws, queue, _devices(200))
    _await_empty(aws, queue)


def _rush(aws: EmbeddedAws, mailbox: Mailbox, what: str, receivers: Sequence[ActorId]) -> Rush:
    queue, source, table = mailbox.queue, mailbox.source, mailbox.table
    functions = aws.client("lambda")
    functions.update_event_source_mapping(UUID=source, Enabled=False)
    _send(aws, queue, receivers)
    before = aws.call_counts()
    emulator, all_of_it = _seconds_of(aws.process), _seconds_of_all(aws.process)
    began = time.monotonic()
    functions.update_event_source_mapping(UUID=source, Enabled=True)
    _await_empty(aws, queue)
    seconds = time.monotonic() - began
    return Rush(
        what,
        len(receivers),
        seconds,
        runs=(aws.call_counts() - before).of_resource("lambda", "Invoke", FUNCTION),
        agents=len(set(map(str, receivers)) & set(read_agent_items(aws.client("dynamodb"), table))),
        agents_told=len(set(receivers)),
        busy=(_seconds_of_all(aws.process) - all_of_it) / seconds / (psutil.cpu_count() or 1),
        emulator_busy=(_seconds_of(aws.process) - emulator) / seconds,
    )


def _seconds_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _seconds_of_all(emulator: psutil.Process) -> float:
    """Sum over the emulator and its workers; none of them ends while a backlog is worked off."""
    return sum(_seconds_of(process) for process in (emulator, *emulator.children(recursive=True)))


def _send(aws: EmbeddedAws, queue: str, receivers: Sequence[ActorId]) -> None:
    sqs = aws.client("sqs")
    heard = encode_message(DeviceHeard("1.0.0", datetime.now(UTC)))
    for start in range(0, len(receivers), ENTRIES_OF_A_CALL):
        entries = [
            {
                "Id": str(place),
                "MessageBody": encode_frame(Frame(to, (heard,))),
                "MessageGroupId": str(to),
                "MessageDeduplicationId": uuid.uuid4().hex,
            }
            for place, to in enumerate(receivers[start : start + ENTRIES_OF_A_CALL])
        ]
        failed = sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")
        if failed:
            raise RuntimeError(f"the mailbox refused messages: {failed}")


def _await_empty(aws: EmbeddedAws, queue: str) -> None:
    sqs, names = aws.client("sqs"), ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    deadline = time.monotonic() + DONE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        if not any(int(attributes[name]) for name in names):
            return
        time.sleep(LOOKS_EVERY_SECONDS)
    raise RuntimeError(f"{queue} is not empty after {DONE_WITHIN_SECONDS:.0f} s")


def _table(rushes: Sequence[Rush]) -> Table:
    table = Table(title="Messages a second through the embedded AWS", title_justify="left")
    table.add_column("to")
    for heading in ("messages", "a second", "of a run", "cores taken", "emulator's core"):
        table.add_column(heading, justify="right")
    table.add_column("bound by")
    for rush in rushes:
        table.add_row(
            rush.what,
            f"{rush.messages:,}",
            f"{rush.rate:.0f}",
            f"{rush.messages / max(1, rush.runs):.1f}",
            f"{rush.busy:.0%}",
            f"{rush.emulator_busy:.0%}",
            rush.bound,
        )
    return table
