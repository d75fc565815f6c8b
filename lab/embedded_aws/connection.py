"""Where to reach the running system: written by `make up`, read by the CLI, the demo, tests and any other program."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.embedded_aws.emulator import EmbeddedAws


@dataclass(frozen=True, slots=True)
class EmbeddedConnection:
    """The content of `.ringtree/embedded.json`. It holds tokens, so only its owner may read it."""

    operator_url: str
    """Without a trailing slash; clients append `/v1/devices`."""
    device_url: str
    operator_token: str
    enrolment_token: str
    aws_endpoint_url: str
    region: str
    deployment_machine_arn: str
    port: int
    pid: int
    outputs: dict[str, str]
    """All outputs of all stacks by name."""

    @classmethod
    def to(cls, aws: EmbeddedAws, outputs: dict[str, str]) -> "EmbeddedConnection":
        """Describe how to reach the app deployed into an emulator. The URLs are path style, which needs no DNS."""
        secrets = aws.client("secretsmanager")
        token_of = {
            name: secrets.get_secret_value(SecretId=outputs[f"{name}TokenSecretArn"])["SecretString"]
            for name in ("Operator", "Enrolment")
        }
        return cls(
            operator_url=_api_url(aws, outputs["OperatorApiId"]),
            device_url=_api_url(aws, outputs["DeviceApiId"]),
            operator_token=token_of["Operator"],
            enrolment_token=token_of["Enrolment"],
            aws_endpoint_url=aws.endpoint_url,
            region=aws.region,
            deployment_machine_arn=outputs["DeploymentMachineArn"],
            port=aws.port,
            pid=aws.process.pid,
            outputs=outputs,
        )

    @classmethod
    def read(cls, path: Path) -> "EmbeddedConnection | None":
        """Read it; None when no system was brought up, or by another version of this code."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write it whole or not at all, readable by its owner only."""
        aside = path.with_suffix(".writing")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2)
        aside.replace(path)


def _api_url(aws: EmbeddedAws, api_id: str) -> str:
    return f"{aws.endpoint_url}/_aws/execute-api/{api_id}/$default"
