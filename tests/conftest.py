"""What tests share: an emulator for the session, and the whole app deployed into it once.

Tests get them by naming the fixture. `embedded_aws` is the emulator alone (about a second), `ringtree` the app in it
(about half a minute, once). Neither is ever skipped: when the emulator is not installed the test fails, and the error
says to run `make setup`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from lab.embedded_aws.application import deploy_application, stack_outputs
from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.ports import free_port
from lab.embedded_aws.progress import Progress

_EMBEDDED_FIXTURES = {"embedded_aws", "ringtree"}
_OPERATOR_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ringtree:
    """The deployed app: where it is, its tokens, and a client for its operators' API."""

    aws: EmbeddedAws
    connection: EmbeddedConnection
    operator: httpx.Client
    """Carries the operator token; `ringtree.operator.get("/v1/devices")`."""

    @property
    def operator_url(self) -> str:
        return self.connection.operator_url

    @property
    def device_url(self) -> str:
        return self.connection.device_url

    @property
    def operator_token(self) -> str:
        return self.connection.operator_token

    @property
    def enrolment_token(self) -> str:
        return self.connection.enrolment_token

    @property
    def aws_endpoint_url(self) -> str:
        return self.connection.aws_endpoint_url

    @property
    def region(self) -> str:
        return self.connection.region

    @property
    def deployment_machine_arn(self) -> str:
        return self.connection.deployment_machine_arn

    def stack_output(self, name: str) -> str:
        """An output of one of the stacks, `AgentsTable` for example."""
        return self.connection.outputs[name]


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws.start(tmp_path_factory.mktemp("embedded_aws"), free_port()) as aws:
        yield aws


@pytest.fixture(scope="session")
def ringtree(embedded_aws: EmbeddedAws) -> Iterator[Ringtree]:
    deploy_application(embedded_aws, Progress.silent())
    connection = EmbeddedConnection.to(embedded_aws, stack_outputs(embedded_aws))
    connection.write(embedded_aws.state.connection)
    with httpx.Client(
        base_url=connection.operator_url,
        headers={"Authorization": f"Bearer {connection.operator_token}"},
        timeout=_OPERATOR_TIMEOUT_SECONDS,
        trust_env=False,
    ) as operator:
        yield Ringtree(embedded_aws, connection, operator)


@pytest.fixture(autouse=True)
def as_wide_as_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands print as into a pipe, however wide the terminal of whoever runs the tests says it is."""
    monkeypatch.delenv("COLUMNS", raising=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the embedded AWS, so that `-m "not embedded"` is the fast part, and say what shares a worker.

    One worker has the emulator and what waits for it most of the time; the other what needs a processor.
    """
    for item in items:
        if _EMBEDDED_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.embedded)
        group = _worker_group(item.path.relative_to(item.config.rootpath).parts)
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))


def _worker_group(path: tuple[str, ...]) -> str | None:
    """Name what runs on one worker: of the emulator and of the synthesised app there is one each."""
    if path[1] in {"end_to_end", "integration", "port_contracts"}:
        return "embedded_aws"
    return path[1] if path[1] == "infrastructure" else None
