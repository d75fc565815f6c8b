"""``python -m lab.benchmarks.message_probe runtime 10 1``: runs one of two functions over batches of readings.

Runs as a process whose environment is the function's, against AWS in process. Prints, as JSON, what one message takes:
processor seconds, calls, units; ``10 1`` means ten agents with one message each. With ``memory`` in the place of the
two numbers it runs a thousand messages and prints the largest resident size.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from lab.benchmarks.fake_aws import FakeAws, answering_in_process

FIRST_BATCHES, ROUNDS, BATCHES_OF_A_ROUND = 30, 7, 40
MEMORY_MESSAGES = 1_000
KILOBYTES_OF_A_MEGABYTE = 1024

_number = count(1)

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What functions read of Lambda's context."""

    aws_request_id: str
    function_name: str = "meters"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:meters"

    def get_remaining_time_in_millis(self) -> int:
        """Say that there is time."""
        return 30_000


def runtime() -> Handler:
    """Give the product's own function, with meters for its kind."""
    from lab.benchmarks import meter  # noqa: PLC0415 - a fresh process imports what it measures, nothing else
    from lambdas.agents.agent_spec import AgentSpec  # noqa: PLC0415
    from lambdas.entrypoints import agent  # noqa: PLC0415

    def spec_of(kind: str) -> AgentSpec:  # noqa: ARG001 - there is one kind
        return meter.SPEC

    agent.spec_of = spec_of  # type: ignore[attr-defined]
    return agent.handler


def idiom() -> Handler:
    """Give the function of a user of Powertools."""
    from lab.benchmarks import powertools_idiom  # noqa: PLC0415

    return powertools_idiom.handler


def frame(address: str, reading: str) -> str:
    """Write a reading as an agent sends it."""
    return f'{{"to":"{address}","messages":[{{"type":"Reading","data":{reading}}}]}}'


FUNCTIONS: dict[str, tuple[Callable[[], Handler], Callable[[str, str], str]]] = {
    "runtime": (runtime, frame),
    "idiom": (idiom, lambda _address, reading: reading),
}


def batch(body: Callable[[str, str], str], agents: int, messages: int) -> dict[str, Any]:
    """Make an event: so many messages for each of so many agents."""
    records = []
    for agent in range(agents):
        for _ in range(messages):
            number, address = next(_number), f"meter/m-{agent}"
            reading = f'{{"value":{number % 7}.5,"taken_at":"2026-11-20T12:00:00Z"}}'
            records.append(
                {
                    "messageId": f"message-{number}",
                    "receiptHandle": f"receipt-{number}",
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:meter.fifo",
                    "attributes": {
                        "MessageGroupId": address,
                        "SequenceNumber": str(number),
                        "ApproximateReceiveCount": "1",
                    },
                    "body": body(address, reading),
                }
            )
    return {"Records": records}


def per_message(name: str, agents: int, messages: int, fake: FakeAws) -> dict[str, float]:
    """Measure after a warm-up; processor time is the median of rounds, without what the fake takes."""
    made, body = FUNCTIONS[name]
    handler = made()
    events = [batch(body, agents, messages) for _ in range(FIRST_BATCHES + ROUNDS * BATCHES_OF_A_ROUND)]
    for event in events[:FIRST_BATCHES]:
        _handle(handler, event)
    counted = BATCHES_OF_A_ROUND * agents * messages
    fake.reset()
    calls, seconds = 0, []
    for number in range(ROUNDS):
        start = FIRST_BATCHES + number * BATCHES_OF_A_ROUND
        began, answering = time.process_time(), fake.answering_seconds
        for event in events[start : start + BATCHES_OF_A_ROUND]:
            _handle(handler, event)
        taken = time.process_time() - began - (fake.answering_seconds - answering)
        seconds.append(taken / counted)
    calls = fake.calls.total()
    in_all = ROUNDS * counted
    return {
        "seconds": median(seconds),
        "calls": calls / in_all,
        "write_units": fake.write_units / in_all,
        "read_units": fake.read_units / in_all,
        "sends": (fake.calls["SendMessage"] + fake.calls["SendMessageBatch"]) / in_all,
    }


def memory(name: str) -> dict[str, float]:
    """Run a thousand messages of ten agents each and tell the largest size that the process has had."""
    made, body = FUNCTIONS[name]
    handler = made()
    for _ in range(MEMORY_MESSAGES // 10):
        _handle(handler, batch(body, 10, 1))
    return {"megabytes": _largest_size_kilobytes() / KILOBYTES_OF_A_MEGABYTE}


def _largest_size_kilobytes() -> float:
    """Read the largest resident size; what getrusage tells on Linux is at least that of the process that started us."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return float(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _handle(handler: Handler, event: dict[str, Any]) -> None:
    answer = handler(event, Run(f"run-{next(_number)}"))
    if answer["batchItemFailures"]:
        raise RuntimeError(f"messages came back: {answer}")


def main(arguments: Sequence[str]) -> None:
    """Measure what the command line names."""
    name, *sizes = arguments
    sys.stdout, printed = open(os.devnull, "w"), sys.stdout  # noqa: PTH123, SIM115 - log lines are not measured
    with answering_in_process() as fake:
        found = memory(name) if sizes == ["memory"] else per_message(name, int(sizes[0]), int(sizes[1]), fake)
    printed.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
