"""Benchmark: AWS calls of one run of an agent's function, with 1 and with 10 agents in its batch."""

import json
import subprocess
import sys
import uuid
from typing import Any

from rich.table import Table

from lab.benchmarks import turn_probe
from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.outcome import Outcome
from lab.benchmarks.ratios import ratio
from lab.embedded_aws.emulator import SECRET_ACCESS_KEY, EmbeddedAws
from lab.embedded_aws.places import REPOSITORY

AGENTS_OF_A_BATCH = (1, 10)
CALLS_TO_BEAT = 3
PROBE_WITHIN_SECONDS = 120.0


def measure(lab: Laboratory) -> Outcome:
    """Run the function's own handler against the emulator, its clients counting what they send."""
    aws = lab.system.aws
    with lab.progress.phase("Counting the calls of turns"):
        found = _probe(aws)
    batches = {agents: found[str(agents)] for agents in AGENTS_OF_A_BATCH}
    per_agent = {agents: ratio(len(calls), agents) for agents, calls in batches.items()}
    return Outcome(
        tables=(_table(batches),),
        figures={
            "calls": {str(agents): calls for agents, calls in batches.items()},
            "calls_per_agent": {str(agents): value for agents, value in per_agent.items()},
        },
        promises={
            f"a run of {agents} {'agents' if agents > 1 else 'agent'} makes {CALLS_TO_BEAT} calls": len(calls)
            == CALLS_TO_BEAT
            for agents, calls in batches.items()
        },
    )


def _probe(aws: EmbeddedAws) -> dict[str, list[str]]:
    """Give the handler a table and a mailbox of its own, and run it as a process: its settings are its environment."""
    dynamodb, sqs, name = aws.client("dynamodb"), aws.client("sqs"), f"bench-turns-{uuid.uuid4().hex[:8]}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "agent", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "agent", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    mailbox = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", turn_probe.__name__, *map(str, AGENTS_OF_A_BATCH)],
            cwd=REPOSITORY,
            env=_environment(aws, name, mailbox),
            capture_output=True,
            text=True,
            timeout=PROBE_WITHIN_SECONDS,
            check=True,
        )
    finally:
        dynamodb.delete_table(TableName=name)
        sqs.delete_queue(QueueUrl=mailbox)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment(aws: EmbeddedAws, table: str, mailbox: str) -> dict[str, str]:
    return {
        "AGENT_KIND": "device",
        "AGENTS_TABLE": table,
        "RUNTIME_RECORDS_TABLE": "no-record-is-written",
        "CLAIMS_BUCKET": "no-claim-is-kept",
        "LANES": json.dumps({"normal": "probe.fifo"}),
        "MAILBOXES": json.dumps({"batch": mailbox, "task_scheduler": mailbox}),
        "EVENT_BUS": "no-event-is-published",
        "WAKE_UP_QUEUE": mailbox,
        "CALL_OUT_QUEUE": mailbox,
        "POWERTOOLS_SERVICE_NAME": "turn_probe",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": aws.account,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _table(batches: dict[int, list[str]]) -> Table:
    table = Table(title="AWS calls of one run: every agent takes a message and sends one", title_justify="left")
    for heading in ("agents in the batch", "calls", "calls per agent"):
        table.add_column(heading, justify="right")
    table.add_column("which")
    for agents, calls in batches.items():
        table.add_row(str(agents), str(len(calls)), f"{ratio(len(calls), agents):.1f}", ", ".join(calls))
    return table
