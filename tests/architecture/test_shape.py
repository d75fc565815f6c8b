"""The architecture is visible in the tree; these are its rules that no import linter knows."""

import ast
from pathlib import Path

import pytest

from lambdas.agents.registry import AGENTS

ROOT = Path(__file__).parents[2]
AGENTS_FOLDER = ROOT / "lambdas" / "agents"
GRAB_BAGS = {"utils", "helpers", "common", "shared", "core", "base", "manager", "processor", "misc", "constants"}
SOURCES = [
    path
    for folder in ("cdk_app", "lambdas", "clients", "lab")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {".venv", "node_modules", "__pycache__"} & set(path.parts)
]


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return modules | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def test_every_agent_folder_is_registered_and_every_registered_agent_has_one():
    folders = {path.name for path in AGENTS_FOLDER.iterdir() if (path / "behavior.py").exists()}

    assert folders == {spec.kind for spec in AGENTS}


@pytest.mark.parametrize("spec", AGENTS, ids=lambda spec: spec.kind)
def test_agents_know_one_another_only_by_their_messages(spec):
    for path in (AGENTS_FOLDER / spec.kind).glob("*.py"):
        for module in imports_of(path):
            package = module.removeprefix("lambdas.agents.").split(".")
            is_others = module.startswith("lambdas.agents.") and package[0] != spec.kind
            assert not is_others or package[1:] == ["messages"], f"{path.name} imports {module}"


@pytest.mark.parametrize("spec", AGENTS, ids=lambda spec: spec.kind)
def test_agents_send_only_to_kinds_that_exist(spec):
    assert set(spec.sends_to) <= {other.kind for other in AGENTS}


def test_no_module_is_a_grab_bag():
    assert [path for path in SOURCES if path.stem in GRAB_BAGS] == []


def test_every_module_says_in_its_first_line_what_it_does():
    silent = [
        path for path in SOURCES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_every_entrypoint_has_one_handler():
    for path in (ROOT / "lambdas" / "entrypoints").rglob("*.py"):
        functions = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        assert path.stem == "__init__" or functions.count("handler") == 1, path


def test_product_code_never_asks_where_it_runs():
    words = ("ministack", "localstack", "127.0.0.1", "localhost", "emulator")
    for path in sorted((ROOT / "lambdas").rglob("*.py")):
        text = path.read_text().lower()
        assert not [word for word in words if word in text], path
