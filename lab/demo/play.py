"""What the acts of the demo share: the platform, the fleet, and the stage."""

from collections.abc import Sequence
from dataclasses import dataclass

from ringtree_cli.operator_api import OperatorApi

from lab.demo.folders import DemoFolders
from lab.demo.processes import Processes
from lab.demo.stage import Stage
from lab.embedded_aws.system import EmbeddedSystem


@dataclass(frozen=True, slots=True)
class Play:
    """A platform that is up, and who is on stage."""

    system: EmbeddedSystem
    api: OperatorApi
    stage: Stage
    processes: Processes
    folders: DemoFolders
    simulated_devices: int
    rings: Sequence[str]
    """First to last."""

    @property
    def fleet_size(self) -> int:
        """The simulated devices and this machine."""
        return self.simulated_devices + 1
