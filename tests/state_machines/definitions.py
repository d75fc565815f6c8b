"""The state machines as data, placeholders and all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "state_machines"
MACHINES = sorted(FOLDER.glob("*.asl.json"))


def read(path: Path) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(path.read_text())
    return definition


def scopes(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every set of states that transitions may move within: the machine and the processors of its maps."""
    yield machine
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            yield from scopes(state["ItemProcessor"])


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for scope in scopes(machine):
        yield from scope["States"].items()


def targets(state: dict[str, Any]) -> Iterator[str]:
    """Where a state may lead."""
    for key in ("Next", "Default"):
        if key in state:
            yield state[key]
    for branch in (*state.get("Choices", ()), *state.get("Catch", ())):
        yield branch["Next"]
