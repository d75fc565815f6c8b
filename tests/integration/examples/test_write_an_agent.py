"""The worked example of docs/write-an-agent.md, added to a copy of the repository as the guide says, and deployed."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.embedded_aws.application import stack_outputs
from lab.embedded_aws.cdk_command import run_cdk
from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY
from lab.embedded_aws.ports import free_port
from tests.integration.embedded_aws.resources import eventually

pytestmark = pytest.mark.embedded

GUIDE = REPOSITORY / "docs" / "write-an-agent.md"
EXAMPLE = REPOSITORY / "docs" / "examples" / "site"
DEPLOYED = ("cdk_app", "lambdas", "state_machines", "cdk.json", "pyproject.toml", "uv.lock")
STACK = "RingtreeApi"
"""It depends on the agents, on the data and on the state machines, and on nothing that only watches."""


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    tree = copied_tree(tmp_path_factory.mktemp("tree"))
    add_example(tree)
    state = tmp_path_factory.mktemp("state")
    with EmbeddedAws.start(state, free_port()) as aws:
        connection = deployed(aws, tree)
        with httpx.Client(
            base_url=connection.operator_url,
            headers={"Authorization": f"Bearer {connection.operator_token}"},
            timeout=30,
            trust_env=False,
        ) as client:
            client.headers["x-bus"] = ""
            yield client


def copied_tree(tree: Path) -> Path:
    """Copy what `cdk deploy` reads; the built layer and the clients, which uv.lock names, are those of the checkout."""
    for name in DEPLOYED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)
    for name in (".ringtree", "clients"):
        (tree / name).symlink_to(REPOSITORY / name)
    return tree


def add_example(tree: Path) -> None:
    """Two files, and what the guide shows of the registry."""
    shutil.copytree(EXAMPLE, tree / "lambdas" / "agents" / "site")
    (tree / "lambdas" / "agents" / "site" / "__init__.py").touch()
    shown = next(block for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "AGENTS" in block)
    imports = "".join(line for line in shown.splitlines(keepends=True) if line.startswith("from "))
    spec = next(line for line in shown.splitlines(keepends=True) if line.startswith("    AgentSpec("))
    registry = tree / "lambdas" / "agents" / "registry.py"
    text = registry.read_text()
    text = text.replace("from lambdas.agents.agent_spec", f"{imports}from lambdas.agents.agent_spec", 1)
    before, agents, after = text.partition("AGENTS: tuple[AgentSpec, ...] = (\n")
    registry.write_text(before + agents + spec + after)


def deployed(aws: EmbeddedAws, tree: Path) -> EmbeddedConnection:
    run_cdk(aws, "bootstrap", f"aws://{aws.account}/{aws.region}", report=print, folder=aws.state.path)
    run_cdk(
        aws,
        *("deploy", STACK, "--context", "environment=local", "--require-approval", "never"),
        *("--progress", "events", "--concurrency", "2", "--output", str(aws.state.cloud_assembly)),
        report=print,
        folder=tree,
    )
    return EmbeddedConnection.to(aws, stack_outputs(aws))


def ask(operator: httpx.Client, device: str, timeout_seconds: float = 20) -> httpx.Response:
    question = {"type": "AskForSlot", "data": {"device": device}, "timeout_seconds": timeout_seconds}
    return operator.post("/v1/agents/site/berlin/ask", json=question)
