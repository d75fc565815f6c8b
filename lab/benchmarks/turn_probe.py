"""``python -m lab.benchmarks.turn_probe 1 10``: runs the function of device agents and tells the calls it makes.

Runs as a process whose environment is the function's; prints ``{agents: [operation, ...]}`` as JSON.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.agents.device.messages import InstallEnded, InstallRelease
from lambdas.entrypoints.agent import handler
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release

RELEASE = Release("1.0.0", size_bytes=1, sha256="0" * 64)
OFFERED = InstallRelease("bench", "batch/bench/ring/1", RELEASE)
DONE = InstallEnded("bench", InstallState.DONE, RELEASE.version, reason="")

_sequence = count(1)


@dataclass(frozen=True, slots=True)
class Run:
    """What the function reads of Lambda's context."""

    aws_request_id: str


def probe(agents_of_a_batch: int, calls: list[str]) -> list[str]:
    """Have each agent end an install, which it tells its batch; answer the calls of that run."""
    devices = [ActorId("device", f"probe-{agents_of_a_batch}-{number}") for number in range(agents_of_a_batch)]
    _handle(devices, OFFERED)
    calls.clear()
    _handle(devices, DONE)
    return list(calls)


def _handle(devices: Sequence[ActorId], message: object) -> None:
    answer = handler({"Records": [_record(device, message) for device in devices]}, Run(f"run-{next(_sequence)}"))
    if answer["batchItemFailures"]:
        raise RuntimeError(f"messages came back: {answer}")


def _record(device: ActorId, message: object) -> dict[str, Any]:
    number = next(_sequence)
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:probe.fifo",
        "attributes": {"MessageGroupId": str(device), "SequenceNumber": str(number), "ApproximateReceiveCount": "1"},
        "body": encode_frame(Frame(device, (encode_message(message),))),
    }


def main(sizes: Sequence[str]) -> None:
    """Count with a hook in every client that the function makes."""
    calls: list[str] = []
    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("before-call", lambda model, **_: calls.append(model.name))
    print(json.dumps({size: probe(int(size), calls) for size in sizes}))


if __name__ == "__main__":
    main(sys.argv[1:])
