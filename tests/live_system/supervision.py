"""What Step Functions knows of a deployment: its own execution, one per ring, and a child per batch."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution, as described."""

    name: str
    arn: str
    status: str
    input: Any
    output: Any

    @property
    def outcome(self) -> str | None:
        """The field by which our machines say how they ended."""
        return self.output.get("outcome") if isinstance(self.output, dict) else None


@dataclass(frozen=True, slots=True)
class Supervision:
    """Looks executions up."""

    aws: EmbeddedAws
    deployment_machine_arn: str

    def deployments(self, deployment_id: str) -> list[Execution]:
        """Executions of the deployment machine under this id; more than one would be a second start."""
        return [one for one in self._executions(self.deployment_machine_arn) if one.name == deployment_id]

    def ring_rollouts(self, deployment_id: str) -> dict[str, Execution]:
        """By ring: the nested executions of a deployment."""
        return {one.input["ring"]: one for one in self._of_rings("RingRollout", deployment_id)}

    def batches(self, ring_rollout: Execution) -> list[Execution]:
        """The children of the map of a ring rollout."""
        states = self.aws.client("stepfunctions")
        runs = states.list_map_runs(executionArn=ring_rollout.arn)["mapRuns"]
        children = [states.list_executions(mapRunArn=run["mapRunArn"])["executions"] for run in runs]
        return [self._described(child["executionArn"]) for of_run in children for child in of_run]

    def rollbacks(self, deployment_id: str) -> list[Execution]:
        """Executions of the rollback machine for rings of a deployment."""
        return list(self._of_rings("Rollback", deployment_id))

    def _of_rings(self, machine: str, deployment_id: str) -> Iterator[Execution]:
        for machine_arn in self._machines(machine):
            for execution in self._executions(machine_arn):
                if execution.input["deployment_id"] == deployment_id:
                    yield execution

    def _machines(self, part: str) -> list[str]:
        machines = self.aws.client("stepfunctions").list_state_machines()["stateMachines"]
        return [one["stateMachineArn"] for one in machines if part in one["name"]]

    def _executions(self, machine_arn: str) -> list[Execution]:
        pages = self.aws.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine_arn)
        return [self._described(one["executionArn"]) for page in pages for one in page["executions"]]

    def _described(self, arn: str) -> Execution:
        found = self.aws.client("stepfunctions").describe_execution(executionArn=arn)
        output = json.loads(found["output"]) if found.get("output") else None
        return Execution(found["name"], arn, found["status"], json.loads(found["input"]), output)
