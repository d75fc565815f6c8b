"""Where the embedded AWS keeps what: tools of the checkout, and a state folder per system."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EMULATOR_PYTHON = REPOSITORY / ".ringtree" / "emulator" / "bin" / "python"
LAUNCHER = Path(__file__).with_name("launcher.py")
TOOLS = REPOSITORY / ".venv" / "bin"
"""The project's own environment: Python, and the Node that jsii and the CDK command line need."""
CDK = REPOSITORY / "node_modules" / ".bin" / "cdk"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """One system's files. The default belongs to `make up`; tests and benchmarks bring folders of their own."""

    path: Path = REPOSITORY / ".ringtree"

    @property
    def connection(self) -> Path:
        """Where to reach the running system, for every program that wants to."""
        return self.path / "embedded.json"

    @property
    def log(self) -> Path:
        """What the emulator and the functions write."""
        return self.path / "embedded_aws.log"

    @property
    def deployment_log(self) -> Path:
        """What `cdk bootstrap` and `cdk deploy` write."""
        return self.path / "embedded_aws_deployment.log"

    @property
    def process(self) -> Path:
        """Which process the emulator is; absent after a graceful stop."""
        return self.path / "embedded_aws" / "process.json"

    @property
    def deployed(self) -> Path:
        """Which code was deployed last."""
        return self.path / "embedded_aws" / "deployed.json"

    @property
    def cloud_assembly(self) -> Path:
        """The synthesised app."""
        return self.path / "embedded_aws" / "cdk.out"

    @property
    def services(self) -> Path:
        """State of the emulated services, written when the emulator stops gracefully."""
        return self.path / "embedded_aws" / "services"

    @property
    def objects(self) -> Path:
        """Objects of S3, written at once."""
        return self.path / "embedded_aws" / "objects"

    @property
    def temporary(self) -> Path:
        """Unpacked functions; emptied at every start."""
        return self.path / "embedded_aws" / "tmp"
