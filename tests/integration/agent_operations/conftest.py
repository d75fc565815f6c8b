"""The command line of an operator, and an agent for each test."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from ringtree_cli.main import main

from tests.live_system.operations import Operations

if TYPE_CHECKING:
    from tests.conftest import Ringtree

CommandLine = Callable[..., tuple[int, Any]]


@pytest.fixture
def command_line(ringtree: "Ringtree", capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs `ringtree ... --json` on the deployed app; gives exit code and answer, or what stderr said."""

    def call(*arguments: str) -> tuple[int, Any]:
        code = main(["--config", str(ringtree.aws.state.connection), *arguments, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else said.err

    return call


@pytest.fixture
def agent(request: pytest.FixtureRequest, operations: Operations, command_line: CommandLine) -> str:
    """A simulated device that has joined."""
    address = f"device/{operations.names.device(request.node.name[-40:].replace('[', '-').replace(']', ''))}"
    joining = {"details": {"name": "kiosk"}, "ring": "canary", "is_simulated": True, "has_client": False}
    code, promise = command_line("agents", "ask", address, "RegisterDevice", "--data", json.dumps(joining))
    assert (code, promise["outcome"]) == (0, "replied"), promise
    return address
