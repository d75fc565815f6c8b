"""cdk-nag and cfn-lint find nothing that was not accepted, and nothing was accepted for nothing."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from cfnlint.config import ConfigMixIn, ManualArgs  # type: ignore[import-untyped]
from cfnlint.runner import Runner  # type: ignore[import-untyped]

from cdk_app.app import add_stacks
from cdk_app.compliance import ACCEPTED, check_compliance
from cdk_app.environments import environment_named
from tests.infrastructure.synthesis import Synthesis, new_app


def test_cdk_nag_accepts_every_environment(production: Synthesis, dev: Synthesis, local: Synthesis):
    """A synth with a finding that is not accepted raises; the reports of those that passed are empty."""
    for synthesis in (production, dev, local):
        report = json.loads((synthesis.folder / "validation-report.json").read_text())
        assert [plugin.get("violations", []) for plugin in report["pluginReports"]] in ([], [[]])


def test_every_accepted_finding_is_one_that_cdk_nag_has(tmp_path: Path):
    app = new_app(tmp_path)
    add_stacks(app, environment_named("production"))
    check_compliance(app)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()

    (plugin,) = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    found = [
        (violation["ruleName"], construct["constructPath"])
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]
    unneeded = [
        accepted
        for accepted in ACCEPTED
        if not any(accepted.rule == r and accepted.is_about(path) for r, path in found)
    ]
    assert unneeded == []


def test_every_accepted_finding_has_a_reason():
    assert all(len(accepted.reason) > 40 for accepted in ACCEPTED)


@dataclass(frozen=True, slots=True)
class AcceptedLint:
    rule: str
    message: str
    """A regular expression."""
    reason: str

    def is_about(self, rule: str, message: str) -> bool:
        return rule == self.rule and re.search(self.message, message) is not None


ACCEPTED_LINTS = (
    AcceptedLint(
        "W3005",
        r"'\w+Role\w*' dependency already enforced",
        "CDK lets what has a role wait for role and policies; that the role is implied does no harm.",
    ),
    AcceptedLint(
        "W6001",
        r"'RingtreeData:ExportsOutputFnGetAtt(Operator|Enrolment)TokenSecret\w+'",
        "The stack of the APIs names everything that a caller of them needs, the tokens' secrets included.",
    ),
    AcceptedLint(
        "E3601",
        r"\('OutputPath' was unexpected\) at 'States/\w+/OutputPath'",
        "States Language allows OutputPath in a Succeed state; cfn-lint's schema of it does not know.",
    ),
)


def test_cfn_lint_finds_nothing_but_what_was_accepted(production: Synthesis, local: Synthesis):
    templates = [str(file) for s in (production, local) for file in sorted(s.folder.glob("*.template.json"))]
    config = ConfigMixIn([], **ManualArgs(templates=templates, regions=["us-east-1"]))
    found = {(match.rule.id, match.message) for match in Runner(config).run()}

    assert {lint for lint in found if not any(accepted.is_about(*lint) for accepted in ACCEPTED_LINTS)} == set()
    assert [accepted for accepted in ACCEPTED_LINTS if not any(accepted.is_about(*lint) for lint in found)] == []
