"""The AWS emulator as a process on loopback: started, found again, spoken to, stopped."""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import httpx
import psutil
from botocore.config import Config

from lab.embedded_aws.call_counter import CallCounts, read_call_counts
from lab.embedded_aws.emulator_record import EmulatorRecord
from lab.embedded_aws.errors import EmbeddedAwsError
from lab.embedded_aws.places import EMULATOR_PYTHON, LAUNCHER, TOOLS, StateFolder
from lab.embedded_aws.ports import LOOPBACK, holder_of, is_free
from lab.embedded_aws.progress import Progress

REGION = "us-east-1"
ACCOUNT = "000000000000"
SECRET_ACCESS_KEY = "test"  # noqa: S105  the emulator's one key for everybody; presigned URLs are checked against it

_READY_WITHIN_SECONDS = 60.0
_STOPS_WITHIN_SECONDS = 30.0
_ANSWERS_WITHIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class EmbeddedAws:
    """A running emulator. As a context manager it stops what it stands for when the block ends."""

    port: int
    state: StateFolder
    process: psutil.Process
    child: "subprocess.Popen[bytes] | None" = None
    """Set in the process that started it, which holds its standard input open."""
    region: str = REGION
    account: str = ACCOUNT

    @classmethod
    def start(
        cls,
        state_folder: Path,
        port: int,
        *,
        persist: bool = False,
        outlives_us: bool = False,
        progress: Progress | None = None,
    ) -> "EmbeddedAws":
        """Start an emulator and wait until it answers.

        With `persist` its services keep their state in the folder from one graceful stop to the next start. It ends
        with this process, however this process ends, unless `outlives_us`.
        """
        state = StateFolder(state_folder.resolve())
        _check_installed()
        if not is_free(port):
            another = port + 11 if port < 60000 else port - 11
            raise EmbeddedAwsError(
                f"Port {port} is taken by {holder_of(port)}: stop it, or choose another port: PORT={another} make up"
            )
        with (progress or Progress.silent()).phase(f"Starting the AWS emulator on port {port}"):
            child = _spawn(state, port, persist=persist, outlives_us=outlives_us)
            aws = cls(port, state, psutil.Process(child.pid), child)
            EmulatorRecord.of(aws.process, port).write(state.process)
            try:
                aws._wait_until_ready()
            except BaseException:
                aws.stop()
                raise
        return aws

    @classmethod
    def find(cls, state_folder: Path) -> "EmbeddedAws | None":
        """Find the emulator that was started in this folder, if its process still runs."""
        state = StateFolder(state_folder.resolve())
        record = EmulatorRecord.read(state.process)
        process = record.process() if record else None
        return cls(record.port, state, process) if record and process else None

    @property
    def endpoint_url(self) -> str:
        """The one URL of all services."""
        return f"http://{LOOPBACK}:{self.port}"

    def client(self, service: str, region: str | None = None) -> Any:
        """Make a boto3 client for this emulator, whatever the credentials and endpoints of the surroundings are."""
        is_s3 = service == "s3"
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=region or self.region,
            aws_access_key_id=self.account,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(
                signature_version="s3v4" if is_s3 else None,
                s3={"addressing_style": "path"} if is_s3 else None,
                inject_host_prefix=False,
                proxies={},
                connect_timeout=5,
                read_timeout=70,
                retries={"total_max_attempts": 3, "mode": "standard"},
            ),
        )

    def call_counts(self) -> CallCounts:
        """Read the AWS calls made since this emulator started."""
        return read_call_counts(self.endpoint_url)

    def answers(self) -> bool:
        """Tell whether the emulator is ready to serve."""
        try:
            url = f"{self.endpoint_url}/_ministack/ready"
            return httpx.get(url, timeout=_ANSWERS_WITHIN_SECONDS, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def stop(self, within_seconds: float = _STOPS_WITHIN_SECONDS) -> None:
        """Stop gracefully, which is when state is kept; what does not stop in time is ended with all of its workers."""
        workers = self.process.children(recursive=True) if self.process.is_running() else []
        if self.process.is_running():
            self.process.terminate()
        _, hung = psutil.wait_procs([self.process], timeout=within_seconds)
        for process in [*hung, *workers]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([*hung, *workers], timeout=1.0)
        if self.child:
            if self.child.stdin:
                self.child.stdin.close()
            self.child.wait()
        self.state.process.unlink(missing_ok=True)
        shutil.rmtree(self.state.temporary, ignore_errors=True)

    def __enter__(self) -> "EmbeddedAws":
        """Nothing more to do: it runs already."""
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while not self.answers():
            if not self.process.is_running() or self.process.status() == psutil.STATUS_ZOMBIE:
                raise EmbeddedAwsError(f"The AWS emulator ended while it started: {_last_line(self.state.log)}")
            if time.monotonic() > deadline:
                raise EmbeddedAwsError(
                    f"The AWS emulator does not answer on port {self.port} after {_READY_WITHIN_SECONDS:.0f} s; "
                    f"its log is {self.state.log}"
                )
            time.sleep(0.05)


def _check_installed() -> None:
    if not EMULATOR_PYTHON.exists():
        raise EmbeddedAwsError(f"The AWS emulator is not installed: {EMULATOR_PYTHON} is missing. Run: make setup")


def _spawn(state: StateFolder, port: int, *, persist: bool, outlives_us: bool) -> "subprocess.Popen[bytes]":
    """Start the launcher in a session of its own, so that Ctrl-C reaches us first and we stop it in order."""
    shutil.rmtree(state.temporary, ignore_errors=True)
    for folder in (state.temporary, state.services, state.objects):
        folder.mkdir(parents=True, exist_ok=True)
    command = [str(EMULATOR_PYTHON), "-P", str(LAUNCHER), *([] if outlives_us else ["--end-with-standard-input"])]
    if state.log.exists():
        state.log.replace(state.log.with_suffix(".previous.log"))
    with state.log.open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if outlives_us else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(state, port, persist=persist),
            cwd=state.path,
            start_new_session=True,
        )


def _environment(state: StateFolder, port: int, *, persist: bool) -> dict[str, str]:
    """Only what a process needs of the surroundings: every function inherits it, and endpoints or profiles with it."""
    return {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": os.environ.get("HOME", str(state.path)),
        "LANG": "C.UTF-8",
        "TMPDIR": str(state.temporary),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1" if persist else "0",
        "STATE_DIR": str(state.services),
        "S3_PERSIST": "1" if persist else "0",
        "S3_DATA_DIR": str(state.objects),
    }


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return f"{lines[-1]} (log: {log})" if lines else f"it wrote nothing to {log}"
