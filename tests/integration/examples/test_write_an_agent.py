"""The worked example of docs/write-an-agent.md, added to a copy of the repository as the guide says, and deployed."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from msgspec import Raw

from lab.embedded_aws.application import stack_outputs
from lab.embedded_aws.cdk_command import run_cdk
from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY, TOOLS
from lab.embedded_aws.ports import free_port
from lambdas.actors.coordination.topics import topic_message
from tests.integration.embedded_aws.resources import eventually

pytestmark = pytest.mark.embedded

GUIDE = REPOSITORY / "docs" / "write-an-agent.md"
EXAMPLE = REPOSITORY / "docs" / "examples" / "site"
DEPLOYED = ("cdk_app", "lambdas", "state_machines", "cdk.json", "pyproject.toml", "uv.lock")
STACK = "RingtreeApi"
APP = """
from aws_cdk import App

from cdk_app.environments import environment_named
from cdk_app.stacks.agents_stack import AgentsStack
from cdk_app.stacks.api_stack import ApiStack
from cdk_app.stacks.data_stack import DataStack
from cdk_app.stacks.supervision_stack import SupervisionStack

app, environment = App(), environment_named("local")
data = DataStack(app, "RingtreeData", environment=environment)
agents = AgentsStack(app, "RingtreeAgents", environment=environment, data=data)
supervision = SupervisionStack(app, "RingtreeSupervision", environment=environment, data=data, agents=agents)
ApiStack(app, "RingtreeApi", environment=environment, data=data, agents=agents, supervision=supervision)
app.synth()
"""
"""The agents and the API through which they are asked; nothing that only watches, and no rules that only check."""


@dataclass(frozen=True)
class System:
    aws: EmbeddedAws
    connection: EmbeddedConnection
    operator: httpx.Client


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    tree = copied_tree(tmp_path_factory.mktemp("tree"))
    add_example(tree)
    with EmbeddedAws.start(tmp_path_factory.mktemp("state"), free_port()) as aws:
        connection = deployed(aws, tree)
        authorization = {"Authorization": f"Bearer {connection.operator_token}"}
        with httpx.Client(
            base_url=connection.operator_url, headers=authorization, timeout=30, trust_env=False
        ) as operator:
            yield System(aws, connection, operator)


def copied_tree(tree: Path) -> Path:
    """Copy what `cdk deploy` reads; tools and what is built of the locked packages are those of the checkout."""
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
    shown = next(
        block for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "AGENTS" in block
    )
    imports = "".join(line for line in shown.splitlines(keepends=True) if line.startswith("from "))
    spec = next(line for line in shown.splitlines(keepends=True) if line.startswith("    AgentSpec("))
    registry = tree / "lambdas" / "agents" / "registry.py"
    text = registry.read_text()
    text = text.replace("from lambdas.agents.agent_spec", f"{imports}from lambdas.agents.agent_spec", 1)
    before, agents, after = text.partition("AGENTS: tuple[AgentSpec, ...] = (\n")
    registry.write_text(before + agents + spec + after)


def deployed(aws: EmbeddedAws, tree: Path) -> EmbeddedConnection:
    (tree / "example_app.py").write_text(APP)
    run_cdk(aws, "bootstrap", f"aws://{aws.account}/{aws.region}", report=_unheard, folder=aws.state.path)
    run_cdk(
        aws,
        *("deploy", STACK, "--app", f"{TOOLS / 'python'} example_app.py", "--require-approval", "never"),
        *("--progress", "events", "--concurrency", "2", "--output", str(aws.state.cloud_assembly)),
        report=_unheard,
        folder=tree,
    )
    return EmbeddedConnection.to(aws, stack_outputs(aws))


def _unheard(_line: str) -> None:
    """What cdk says is in its log, and its last lines in the error when it fails."""


def ask(operator: httpx.Client, device: str, timeout_seconds: float = 20) -> httpx.Response:
    question = {"type": "AskForSlot", "data": {"device": device}, "timeout_seconds": timeout_seconds}
    return operator.post("/v1/agents/site/berlin/ask", json=question)


def test_devices_get_slots_in_turn_and_an_announcement_makes_room(system: System):
    first, second = (ask(system.operator, device) for device in ("d-1", "d-2"))
    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert first.json()["type"] == "Slot"
    assert first.json()["value"]["device"] == "d-1"

    third, fourth = (ask(system.operator, device, timeout_seconds=0) for device in ("d-3", "d-4"))
    assert third.status_code == 202

    system.operator.post("/v1/agents/site/berlin/messages", json={"type": "ReleaseSlot", "data": {"device": "d-1"}})
    given = eventually(lambda: outcome(system.operator, third))
    assert given["value"]["device"] == "d-3"

    announce_uplink(system, slots=3)
    assert eventually(lambda: outcome(system.operator, fourth))["value"]["device"] == "d-4"
    site = system.operator.get("/v1/agents/site/berlin")
    assert site.status_code == 200, site.text
    assert sorted(site.json()["state"]["downloading"]) == ["d-2", "d-3", "d-4"]


def outcome(operator: httpx.Client, question: httpx.Response) -> Any:
    promise = operator.get(question.headers["Location"]).json()
    return promise if promise["status"] == "settled" else None


def announce_uplink(system: System, slots: int) -> None:
    """What a program that is no agent puts on the bus."""
    message = topic_message("site/berlin/uplink", "UplinkChanged", Raw(json.dumps({"slots": slots}).encode()))
    detail = json.loads(msgspec.json.encode(message)) | {"event_id": "uplink-of-a-test"}
    entry = {
        "EventBusName": system.connection.outputs["EventBusName"],
        "Source": "uplink-monitor",
        "DetailType": "TopicMessage",
        "Detail": json.dumps(detail),
    }
    assert system.aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
