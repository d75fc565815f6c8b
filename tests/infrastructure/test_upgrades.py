"""A stack that runs can be brought to this version: CloudFormation takes no export away that a stack still imports."""

from pathlib import Path

from tests.infrastructure.synthesis import Synthesis

EXPORTS_IN_USE = Path(__file__).with_name("exports_in_use.txt").read_text().split()
"""Exports that stacks of an earlier version import. An upgrade goes stack by stack, exporting ones first: one that is
no longer needed must stay for a version, until no importing stack that runs was made before."""


def test_no_export_is_taken_away_that_a_running_stack_imports(production: Synthesis):
    exported = {
        output["Export"]["Name"]
        for template in production.templates.values()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }

    assert set(EXPORTS_IN_USE) <= exported
