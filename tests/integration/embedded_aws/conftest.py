"""Fixtures of the tests of the emulator and its patches."""

from pathlib import Path

import pytest

from lab.embedded_aws.emulator import EmbeddedAws
from tests.integration.embedded_aws.resources import Resources


@pytest.fixture
def resources(embedded_aws: EmbeddedAws, tmp_path: Path) -> Resources:
    return Resources(embedded_aws, tmp_path)
