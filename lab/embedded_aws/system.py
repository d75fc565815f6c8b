"""The whole system on this machine: brought up, found again, brought down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.embedded_aws.application import deploy_application, stack_outputs
from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.emulator_record import EmulatorRecord
from lab.embedded_aws.places import StateFolder
from lab.embedded_aws.progress import Progress

DEFAULT_FOLDER = StateFolder().path
DEFAULT_PORT = 4566
_HUNG_STOPS_WITHIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class EmbeddedSystem:
    """The emulator with the app in it, and how to reach it."""

    aws: EmbeddedAws
    connection: EmbeddedConnection
    is_ours: bool
    """This call started the emulator; False: it ran before."""


def up(
    progress: Progress, folder: Path = DEFAULT_FOLDER, port: int = DEFAULT_PORT, *, outlives_us: bool = True
) -> EmbeddedSystem:
    """Bring the system up, or to the state of the code when it is up already; write where to reach it.

    Raises EmbeddedAwsError with one line for the person. When that happens, or on an interrupt, an emulator that was
    started here is stopped again, and one that ran before is left running.
    """
    aws = find_answering(progress, folder)
    is_ours = aws is None
    if aws is None:
        aws = EmbeddedAws.start(folder, port, persist=True, outlives_us=outlives_us, progress=progress)
    elif aws.port != port:
        progress.say(f"The system runs on port {aws.port}, not {port}; to move it: make down, then PORT={port} make up")
    try:
        deploy_application(aws, progress)
        connection = EmbeddedConnection.to(aws, stack_outputs(aws))
        connection.write(aws.state.connection)
    except BaseException:
        if is_ours:
            aws.stop()
        raise
    return EmbeddedSystem(aws, connection, is_ours)


def down(progress: Progress, folder: Path = DEFAULT_FOLDER) -> bool:
    """Stop the system, keeping its state; False when there was nothing to stop."""
    aws = EmbeddedAws.find(folder)
    state = StateFolder(folder)
    state.connection.unlink(missing_ok=True)
    if aws is None:
        state.process.unlink(missing_ok=True)
        return False
    with progress.phase(f"Stopping the emulator (pid {aws.process.pid})"):
        aws.stop()
    return True


@contextmanager
def running_system(
    progress: Progress, folder: Path = DEFAULT_FOLDER, port: int = DEFAULT_PORT
) -> Iterator[EmbeddedSystem]:
    """Have the system up for a block. A system that was up before stays up; one that was not goes down at the end."""
    system = up(progress, folder, port, outlives_us=False)
    try:
        yield system
    finally:
        if system.is_ours:
            down(progress, folder)


def find_answering(progress: Progress, folder: Path) -> EmbeddedAws | None:
    """Find a system that answers, and clear away what remains of one that does not."""
    state = StateFolder(folder)
    aws = EmbeddedAws.find(folder)
    if aws is not None and aws.answers():
        return aws
    if aws is not None:
        progress.say(
            f"The emulator (pid {aws.process.pid}) does not answer on port {aws.port}: stopping it, starting anew."
        )
        aws.stop(_HUNG_STOPS_WITHIN_SECONDS)
        state.deployed.unlink(missing_ok=True)
    elif record := EmulatorRecord.read(state.process):
        progress.say(
            f"The emulator of the last run (pid {record.pid}) was not stopped by `make down`: starting anew from what "
            "it had kept at its last graceful stop."
        )
        state.process.unlink(missing_ok=True)
        state.deployed.unlink(missing_ok=True)
    return None
