"""The supervisors of deployments in Step Functions."""

import json
from collections.abc import Mapping
from typing import Any

from lambdas.aws.translating_client import TranslatingClient


class StepFunctionsDeploymentExecutions:
    """One execution per deployment, named after it, so that a start is idempotent."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = TranslatingClient(client, "Step Functions")
        self._state_machine_arn = state_machine_arn

    def start(self, deployment_id: str, execution_input: Mapping[str, Any]) -> bool:
        """Start the execution unless one of that name exists.

        AWS answers a repeat with equal input while the execution runs as if it had started it; both mean it is there.
        """
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine_arn,
                name=deployment_id,
                input=json.dumps(execution_input, separators=(",", ":"), sort_keys=True),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True
