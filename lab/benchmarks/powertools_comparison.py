"""Benchmark: the runtime against what a user of Powertools would write, over the same messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from lab.benchmarks import message_probe, runtime_probe
from lab.benchmarks.isolated import run_isolated
from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.outcome import Outcome
from lab.benchmarks.ratios import ratio
from lab.cost_model import prices
from lab.cost_model.bill import Bill, BillLine, bill_of

SHAPES: Mapping[str, tuple[int, int]] = {
    "10 agents, 1 message each": (10, 1),
    "1 agent, 1 message": (1, 1),
    "1 agent, 10 messages": (1, 10),
}
FULL = "10 agents, 1 message each"
MESSAGES = 1_000_000

MOST_CALLS, MOST_CPU = 1 / 8, 1 / 3
"""Of the idiom's, with ten agents in a batch."""
MOST_RUNTIME_SECONDS = 150e-6
MOST_MEGABYTES = 100

CALL_SECONDS = 0.005
"""Assumed: how long a function waits for one answer of a service within AWS."""
FUNCTION_GIGABYTES = 0.5

ENVIRONMENT = {
    "AGENT_KIND": "meter",
    "AGENTS_TABLE": "agents",
    "RUNTIME_RECORDS_TABLE": "records",
    "CLAIMS_BUCKET": "claims",
    "LANES": '{"normal":"meter.fifo"}',
    "MAILBOXES": '{"meter":"https://sqs.us-east-1.amazonaws.com/1/meter.fifo",'
    '"site":"https://sqs.us-east-1.amazonaws.com/1/site.fifo"}',
    "EVENT_BUS": "bus",
    "WAKE_UP_QUEUE": "https://sqs.us-east-1.amazonaws.com/1/wake-ups",
    "CALL_OUT_QUEUE": "https://sqs.us-east-1.amazonaws.com/1/call-outs",
    "IDEMPOTENCY_TABLE": "idempotency",
    "SITE_QUEUE": "https://sqs.us-east-1.amazonaws.com/1/site.fifo",
    "POWERTOOLS_SERVICE_NAME": "meters",
    "AWS_LAMBDA_FUNCTION_NAME": "meters",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class PerMessage:
    """What one message takes, as the probe tells it."""

    seconds: float
    calls: float
    write_units: float
    read_units: float
    sends: float


def measure(lab: Laboratory) -> Outcome:
    """Run both functions over batches of three shapes, each in a process of its own."""
    found: dict[str, dict[str, PerMessage]] = {"runtime": {}, "idiom": {}}
    with lab.progress.phase("Comparing the runtime with the idiom of Powertools") as report:
        for shape, (agents, messages) in SHAPES.items():
            for name, by_shape in found.items():
                report(f"{name}, {shape}")
                by_shape[shape] = PerMessage(**_probe(name, str(agents), str(messages)))
        alone = {shape: _alone(agents, messages) for shape, (agents, messages) in SHAPES.items()}
        megabytes = {name: _probe(name, "memory")["megabytes"] for name in found}
    ours, theirs = found["runtime"][FULL], found["idiom"][FULL]
    bills = {name: bill_of_messages(by_shape[FULL], SHAPES[FULL]).times(MESSAGES) for name, by_shape in found.items()}
    return Outcome(
        tables=(_messages_table(found, alone), _bill_table(bills), _memory_table(megabytes)),
        figures={
            "per_message": {
                name: {shape: _figures(taken) for shape, taken in by_shape.items()} for name, by_shape in found.items()
            },
            "runtime_alone_seconds": alone,
            "megabytes": megabytes,
            "usd_per_million": {name: bill.usd for name, bill in bills.items()},
            "share_of_calls": ratio(ours.calls, theirs.calls),
            "share_of_cpu": ratio(ours.seconds, theirs.seconds),
            "share_of_price": ratio(bills["runtime"].usd, bills["idiom"].usd),
        },
        promises={
            "with 10 agents in a batch, a message takes at most 1/8 of the idiom's AWS calls": ours.calls
            <= MOST_CALLS * theirs.calls,
            "with 10 agents in a batch, a message takes at most 1/3 of the idiom's processor time": ours.seconds
            <= MOST_CPU * theirs.seconds,
            "the runtime itself takes less than 150 microseconds for a message": alone[FULL] < MOST_RUNTIME_SECONDS,
            "the function of agents stays under 100 MB": megabytes["runtime"] < MOST_MEGABYTES,
        },
    )


def bill_of_messages(taken: PerMessage, shape: tuple[int, int]) -> Bill:
    """The price of one message in batches of a shape. Lambda's own receive and delete are part of it."""
    of_a_batch = shape[0] * shape[1]
    waiting = (taken.seconds + taken.calls * CALL_SECONDS) * FUNCTION_GIGABYTES
    return bill_of(
        [
            BillLine("SQS, received and deleted", 2 / of_a_batch, prices.FIFO_REQUEST),
            BillLine("SQS, sent", taken.sends, prices.FIFO_REQUEST),
            BillLine("DynamoDB writes", taken.write_units, prices.WRITE_UNIT),
            BillLine("DynamoDB reads", taken.read_units, prices.READ_UNIT),
            BillLine("Lambda requests", 1 / of_a_batch, prices.INVOCATION),
            BillLine("Lambda duration", waiting, prices.GIGABYTE_SECOND, is_assumed=True),
        ]
    )


def _probe(*arguments: str) -> dict[str, float]:
    found: dict[str, float] = run_isolated(message_probe.__name__, *arguments, environment=ENVIRONMENT)
    return found


def _alone(agents: int, messages: int) -> float:
    seconds: float = run_isolated(runtime_probe.__name__, str(agents), str(messages))["seconds"]
    return seconds


def _figures(taken: PerMessage) -> dict[str, Any]:
    return {name: getattr(taken, name) for name in PerMessage.__slots__}


def _messages_table(found: Mapping[str, Mapping[str, PerMessage]], alone: Mapping[str, float]) -> Table:
    table = Table(title="One message: the runtime against the idiom of Powertools", title_justify="left")
    table.add_column("batch")
    for heading in ("calls", "idiom", "share", "CPU, ms", "idiom", "share", "runtime alone, µs"):
        table.add_column(heading, justify="right")
    for shape in SHAPES:
        ours, theirs = found["runtime"][shape], found["idiom"][shape]
        table.add_row(
            shape,
            f"{ours.calls:.2f}",
            f"{theirs.calls:.2f}",
            f"1 : {ratio(theirs.calls, ours.calls):.1f}",
            f"{ours.seconds * 1e3:.2f}",
            f"{theirs.seconds * 1e3:.2f}",
            f"1 : {ratio(theirs.seconds, ours.seconds):.1f}",
            f"{alone[shape] * 1e6:.0f}",
        )
    return table


def _bill_table(bills: Mapping[str, Bill]) -> Table:
    title = f"Price of {MESSAGES:,} messages, {FULL}, us-east-1 list prices, USD"
    table = Table(title=title, title_justify="left")
    for heading in ("what", "runtime", "idiom", "units are"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    lines = {name: {line.what: line for line in bill.lines} for name, bill in bills.items()}
    for what, line in lines["idiom"].items():
        kind = "assumed" if line.is_assumed else "counted"
        table.add_row(what, f"{lines['runtime'][what].usd:.2f}", f"{line.usd:.2f}", kind)
    table.add_section()
    table.add_row("all", f"{bills['runtime'].usd:.2f}", f"{bills['idiom'].usd:.2f}")
    table.add_row("ratio", f"1 : {ratio(bills['idiom'].usd, bills['runtime'].usd):.1f}", "")
    return table


def _memory_table(megabytes: Mapping[str, float]) -> Table:
    table = Table(title="Largest resident size of a fresh process after 1,000 messages", title_justify="left")
    table.add_column("function")
    table.add_column("MB", justify="right")
    for name, size in megabytes.items():
        table.add_row(name, f"{size:.0f}")
    return table
