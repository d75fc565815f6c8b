"""Loads examples of the documentation, which belong to no package, by their paths."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def load(path: str, name: str) -> ModuleType:
    """Import one file under a name; its types can be resolved because the name is known."""
    found = importlib.util.spec_from_file_location(name, EXAMPLES / path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


def example(name: str) -> ModuleType:
    return load(f"{name}.py", f"docs_examples_{name}")
