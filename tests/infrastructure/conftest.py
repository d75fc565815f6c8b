"""Each environment is synthesized once a session: starting jsii takes seconds."""

import os
import sys
from pathlib import Path

import pytest

# jsii starts the first `node` of the path: the one that stands beside this Python.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

from tests.infrastructure.synthesis import Synthesis, synthesize  # the path had to be set first  # isort: skip


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize("production", tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize("local", tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize("dev", tmp_path_factory.mktemp("dev"))
