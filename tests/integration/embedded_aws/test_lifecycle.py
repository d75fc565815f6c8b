import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from lab.embedded_aws import cdk_command, emulator
from lab.embedded_aws.cdk_command import run_cdk
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.errors import EmbeddedAwsError
from lab.embedded_aws.places import REPOSITORY, StateFolder
from lab.embedded_aws.ports import free_port
from lab.embedded_aws.progress import Progress
from lab.embedded_aws.system import down, find_answering
from tests.integration.embedded_aws.resources import Resources, eventually


def _up_command(folder: Path, port: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lab.embedded_aws", "up", "--state", str(folder)],
        cwd=REPOSITORY,
        env=os.environ | {"PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_that_is_taken_is_named_with_its_holder_and_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = _up_command(tmp_path, port)

    assert command.returncode == 1
    assert command.stderr.strip().count("\n") == 0
    assert f"Port {port} is taken by" in command.stderr
    assert f"(pid {os.getpid()})" in command.stderr
    assert re.search(r"PORT=\d+ make up$", command.stderr.strip())


def test_a_port_that_is_none_is_named(tmp_path: Path) -> None:
    command = _up_command(tmp_path, "http")

    assert command.returncode == 1
    assert command.stderr.startswith("PORT is 'http', which is no port")


def test_an_emulator_that_is_not_installed_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator, "EMULATOR_PYTHON", tmp_path / "bin" / "python")

    with pytest.raises(EmbeddedAwsError, match=r"not installed: .* is missing\. Run: make setup"):
        EmbeddedAws.start(tmp_path, free_port())


def test_a_missing_node_is_told_with_the_remedy(
    embedded_aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdk_command, "TOOLS", tmp_path)

    with pytest.raises(EmbeddedAwsError, match=r"Node is missing: .* Run: rm -r \.venv && make setup"):
        run_cdk(embedded_aws, "deploy", report=lambda _: None)


def test_a_failing_deployment_tells_the_last_lines_of_cdk(embedded_aws: EmbeddedAws, tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "echo the app says why && exit 3"}')

    with pytest.raises(EmbeddedAwsError, match=r"`cdk synth` failed; its log is [^\n]*\n(.|\n)*the app says why"):
        run_cdk(embedded_aws, "synth", report=lambda _: None, folder=tmp_path)


def test_what_is_kept_at_a_graceful_stop_works_at_the_next_start_even_on_another_port(tmp_path: Path) -> None:
    with EmbeddedAws.start(tmp_path / "state", free_port(), persist=True) as aws:
        resources = Resources(aws, tmp_path)
        journal = resources.journal()
        queue_url, queue_arn = resources.queue(is_fifo=True)
        function = resources.function(
            """
            import os

            def handler(event, context):
                with open(os.environ["JOURNAL"], "a") as journal:
                    journal.write(event["Records"][0]["body"] + "\\n")
        """,
            journal=journal,
        )
        resources.consume(queue_arn, function)
        aws.client("s3").create_bucket(Bucket="kept")
        aws.client("s3").put_object(Bucket="kept", Key="release", Body=b"1.1.0")

    with EmbeddedAws.start(tmp_path / "state", free_port(), persist=True) as aws:
        assert aws.client("s3").get_object(Bucket="kept", Key="release")["Body"].read() == b"1.1.0"
        aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody="1", MessageGroupId="agent/1")
        assert eventually(journal.entries) == [1]


def test_an_emulator_ends_with_the_process_that_started_it_however_that_ends(tmp_path: Path) -> None:
    script = f"""
import os, signal, pathlib
from lab.embedded_aws.emulator import EmbeddedAws
aws = EmbeddedAws.start(pathlib.Path({str(tmp_path)!r}), {free_port()})
print(aws.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    starter = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False
    )

    pid = int(starter.stdout)
    assert starter.returncode == -signal.SIGKILL
    eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_an_emulator_is_found_again_and_brought_down_by_another_command(tmp_path: Path) -> None:
    with EmbeddedAws.start(tmp_path, free_port()) as started:
        found = find_answering(Progress.silent(), tmp_path)

        assert found is not None
        assert (found.port, found.process.pid) == (started.port, started.process.pid)
        assert down(Progress.silent(), tmp_path)
        assert not down(Progress.silent(), tmp_path)
        assert not started.answers()


@pytest.mark.parametrize(
    ("blow", "told"), [(signal.SIGKILL, "was not stopped by `make down`"), (signal.SIGSTOP, "does not answer on port")]
)
def test_what_remains_of_a_dead_or_hung_emulator_is_told_and_cleared_away(
    tmp_path: Path, blow: signal.Signals, told: str
) -> None:
    said = io.StringIO()
    with EmbeddedAws.start(tmp_path, free_port()) as hit:
        hit.process.send_signal(blow)
        if blow == signal.SIGKILL:
            hit.process.wait(timeout=5)

        assert find_answering(Progress(Console(file=said, width=300)), tmp_path) is None
        assert told in said.getvalue()
        assert not hit.process.is_running()
        assert not hit.state.process.exists()


def test_a_stop_waits_for_no_request_connection_or_execution(tmp_path: Path) -> None:
    with EmbeddedAws.start(tmp_path, free_port(), persist=True) as aws:
        resources = Resources(aws, tmp_path)
        started = resources.journal()
        function = resources.function(
            """
            import os, time

            def handler(event, context):
                with open(os.environ["JOURNAL"], "a") as journal:
                    journal.write("1\\n")
                time.sleep(9)
            """,
            journal=started,
        )
        wait = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function},
            "TimeoutSeconds": 60,
            "End": True,
        }
        map_over = {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {"StartAt": "Wait", "States": {"Wait": wait}},
            "MaxConcurrency": 1,
            "End": True,
        }
        machine = resources.state_machine({"StartAt": "All", "States": {"All": map_over}})
        aws.client("stepfunctions").start_execution(stateMachineArn=machine, input='{"items": [1]}')
        with ThreadPoolExecutor(1) as caller:
            unanswered = caller.submit(aws.client("lambda").invoke, FunctionName=function, Payload=b"{}")
            eventually(lambda: len(started.entries()) == 2)

            asked = time.monotonic()
            aws.stop()
            took = time.monotonic() - asked

            assert unanswered.exception(timeout=30) is not None
    assert took < 5, "the invocations alone take nine seconds"
    assert "saved stepfunctions state" in StateFolder(tmp_path).log.read_text()
