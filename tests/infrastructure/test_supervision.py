"""State machines as they are deployed."""

import re

import pytest

from cdk_app.constructs.supervisor_state_machine import PlaceholderError, check_placeholders
from tests.infrastructure.synthesis import REPOSITORY, Synthesis

DEFINITIONS = {
    "RingtreeSupervision/Deployment/Machine": "deployment",
    "RingtreeSupervision/RingRollout/Machine": "ring_rollout",
    "RingtreeSupervision/Rollback/Machine": "rollback",
}


def test_each_definition_file_is_deployed(production: Synthesis):
    deployed = {machine.path for machine in production.of_type("AWS::StepFunctions::StateMachine")}
    files = {path.name.removesuffix(".asl.json") for path in (REPOSITORY / "state_machines").glob("*.asl.json")}

    assert deployed == DEFINITIONS.keys()
    assert set(DEFINITIONS.values()) == files


def test_every_placeholder_has_a_value_that_is_no_other_placeholder(production: Synthesis):
    for path, name in DEFINITIONS.items():
        machine = production.at(path)
        text = (REPOSITORY / "state_machines" / f"{name}.asl.json").read_text()
        assert machine.properties["DefinitionString"] == text
        assert machine.properties["DefinitionSubstitutions"].keys() == set(re.findall(r"\$\{(\w+)\}", text))


def test_a_placeholder_leads_to_what_it_is_named_after(production: Synthesis):
    led_to = {
        name: production.text(machine.stack, value)
        for machine in map(production.at, DEFINITIONS)
        for name, value in machine.properties["DefinitionSubstitutions"].items()
    }

    assert led_to == {
        "ArtifactsBucket": "RingtreeData/Artifacts/Bucket",
        "BatchMailboxUrl": "RingtreeAgents/BatchMailbox/Queue",
        "DeploymentMailboxUrl": "RingtreeAgents/DeploymentMailbox/Queue",
        "PlanDeploymentFunctionArn": "RingtreeSupervision/PlanDeployment/Function",
        "PlanRollbackFunctionArn": "RingtreeSupervision/PlanRollback/Function",
        "RingAnalystMailboxUrl": "RingtreeAgents/RingAnalystMailbox/Queue",
        "RingRolloutMachineArn": "RingtreeSupervision/RingRollout/Machine",
        "RollbackMachineArn": "RingtreeSupervision/Rollback/Machine",
    }


def test_state_machines_are_durable_traced_and_logged_without_what_passes_through(production: Synthesis):
    for path in DEFINITIONS:
        properties = production.at(path).properties
        assert properties["StateMachineType"] == "STANDARD"
        assert properties["TracingConfiguration"] == {"Enabled": True}
        assert properties["LoggingConfiguration"]["Level"] == "ALL"
        assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_a_machine_waits_for_its_permissions(production: Synthesis):
    for path in DEFINITIONS:
        machine = production.at(path)
        waits_for = machine.definition["DependsOn"]
        assert any("RoleDefaultPolicy" in logical_id for logical_id in waits_for)


def test_a_placeholder_without_a_value_is_found_before_anything_is_deployed():
    with pytest.raises(PlaceholderError, match=r"without a value \['Url'\], values without one \['Arn'\]"):
        check_placeholders("machine.asl.json", '{"QueueUrl": "${Url}"}', {"Arn": "arn"})
