"""Small AWS resources of the tests' own, made through the emulator's API, each under a new name."""

import io
import json
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws

_POLL_SECONDS = 0.05
_ROLE = "arn:aws:iam::000000000000:role/of-a-test"


def eventually(answer: Callable[[], Any], within_seconds: float = 15.0) -> Any:
    """Ask until the answer is true; the last answer fails the test."""
    deadline = time.monotonic() + within_seconds
    while not (found := answer()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    assert found, f"still {found!r} after {within_seconds} s"
    return found


@dataclass(frozen=True, slots=True)
class Journal:
    """A file that functions under test append lines of JSON to."""

    path: Path

    def entries(self) -> list[Any]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []


@dataclass(frozen=True, slots=True)
class Resources:
    """Makes what a test needs."""

    aws: EmbeddedAws
    folder: Path

    def journal(self) -> Journal:
        return Journal(self.folder / f"{_new_name()}.jsonl")

    def function(self, source: str, *, journal: Journal | None = None, layers: Sequence[str] = ()) -> str:
        """A Python function `handler(event, context)`; it finds its journal's path in JOURNAL. Answers its ARN."""
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("function.py", textwrap.dedent(source))
        created = self.aws.client("lambda").create_function(
            FunctionName=_new_name(),
            Runtime="python3.13",
            Handler="function.handler",
            Role=_ROLE,
            Code={"ZipFile": code.getvalue()},
            Timeout=10,
            Layers=list(layers),
            Environment={"Variables": {"JOURNAL": str(journal.path)} if journal else {}},
        )
        return str(created["FunctionArn"])

    def queue(self, *, is_fifo: bool = False, visibility_seconds: int = 30) -> tuple[str, str]:
        """A queue; answers its URL and its ARN."""
        sqs = self.aws.client("sqs")
        attributes = {"VisibilityTimeout": str(visibility_seconds)}
        if is_fifo:
            attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
            attributes |= {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        url = sqs.create_queue(QueueName=_new_name() + (".fifo" if is_fifo else ""), Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def consume(self, queue_arn: str, function_arn: str, **mapping: Any) -> None:
        """Let a function work off a queue."""
        self.aws.client("lambda").create_event_source_mapping(
            EventSourceArn=queue_arn, FunctionName=function_arn, **{"BatchSize": 10, **mapping}
        )

    def state_machine(self, definition: dict[str, Any]) -> str:
        """A standard state machine; answers its ARN."""
        machine = self.aws.client("stepfunctions").create_state_machine(
            name=_new_name(), definition=json.dumps(definition), roleArn=_ROLE
        )
        return str(machine["stateMachineArn"])

    def execution(self, machine_arn: str, argument: Any) -> dict[str, Any]:
        """Run a state machine to its end; answers what DescribeExecution says then."""
        stepfunctions = self.aws.client("stepfunctions")
        started = stepfunctions.start_execution(stateMachineArn=machine_arn, input=json.dumps(argument))
        ended: dict[str, Any] = eventually(lambda: self.ended(started["executionArn"]))
        return ended

    def ended(self, execution_arn: str) -> dict[str, Any] | None:
        """The execution once it is no longer running."""
        execution: dict[str, Any] = self.aws.client("stepfunctions").describe_execution(executionArn=execution_arn)
        return None if execution["status"] == "RUNNING" else execution

    def stack(self, resources: dict[str, Any]) -> dict[str, str]:
        """Deploy a template; answers the physical id of every resource."""
        cloudformation, name = self.aws.client("cloudformation"), _new_name()
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
        eventually(lambda: self._is_complete(name))
        described = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}

    def _is_complete(self, stack_name: str) -> bool:
        stack = self.aws.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
        assert "ROLLBACK" not in stack["StackStatus"], stack.get("StackStatusReason")
        return bool(stack["StackStatus"] == "CREATE_COMPLETE")


def _new_name() -> str:
    return f"t{uuid.uuid4().hex[:12]}"
