"""A platform for one run: nothing of it is kept, so that every run tells the story from its beginning."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.embedded_aws.application import deploy_application, stack_outputs
from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.progress import Progress
from lab.embedded_aws.system import EmbeddedSystem

STOPS_WITHIN_SECONDS = 3.0
"""There is nothing that a longer farewell would save."""


@contextmanager
def transient_system(folder: Path, port: int, progress: Progress) -> Iterator[EmbeddedSystem]:
    """Have the emulator with the app in it up for a block, and its connection file written."""
    aws = EmbeddedAws.start(folder, port, persist=False, progress=progress)
    try:
        deploy_application(aws, progress)
        connection = EmbeddedConnection.to(aws, stack_outputs(aws))
        connection.write(aws.state.connection)
        yield EmbeddedSystem(aws, connection, is_ours=True)
    finally:
        with progress.phase(f"Stopping the emulator (pid {aws.process.pid})"):
            aws.stop(STOPS_WITHIN_SECONDS)
