import dataclasses
import json
import re

import pytest

from lambdas.agents.registry import spec_of
from tests.state_machines.definitions import FOLDER, MACHINES, read, scopes, states, targets

machines = pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
ENDS = ("Succeed", "Fail")
NAMES = {
    "Choice": re.compile(r"^(Is|Has|May|Did|How)[A-Z]"),
    "Task": re.compile(r"^(Plan|Enter|RollOut|RollBack|Bake|Halt|Run|Report)[A-Z]\w*"),
}
MAILBOXES = {
    "${DeploymentMailboxUrl}": "deployment",
    "${RingAnalystMailboxUrl}": "ring_analyst",
    "${BatchMailboxUrl}": "batch",
}


@machines
def test_every_transition_leads_somewhere(path):
    for scope in scopes(read(path)):
        assert scope["StartAt"] in scope["States"]
        for name, state in scope["States"].items():
            assert set(targets(state)) <= scope["States"].keys(), name


@machines
def test_every_state_is_reached(path):
    for scope in scopes(read(path)):
        reached, frontier = set(), [scope["StartAt"]]
        while frontier:
            name = frontier.pop()
            if name not in reached:
                reached.add(name)
                frontier.extend(targets(scope["States"][name]))
        assert reached == scope["States"].keys()


@machines
def test_every_state_ends_or_goes_on(path):
    for name, state in states(read(path)):
        ends = state["Type"] in ENDS or state.get("End") is True
        assert ends != bool(list(targets(state))), name


@machines
def test_every_task_has_a_timeout_and_retries_with_jitter(path):
    for name, state in states(read(path)):
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"] > 0, name
            assert all(retry["JitterStrategy"] == "FULL" and retry["MaxAttempts"] <= 5 for retry in state["Retry"]), (
                name
            )


@machines
def test_states_are_named_by_what_they_are(path):
    for name, state in states(read(path)):
        assert NAMES.get(state["Type"], re.compile("[A-Z]")).match(name), name


@machines
def test_map_over_batches_is_distributed_bounded_and_tolerates_failed_batches(path):
    for name, state in states(read(path)):
        if state["Type"] == "Map":
            assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, (
                name
            )
            assert 0 < state["MaxConcurrency"] <= 10_000
            assert state["ToleratedFailurePercentage"] == 100


@machines
def test_messages_to_agents_are_ones_they_react_to(path):
    for name, state in states(read(path)):
        parameters = state.get("Parameters", {})
        if "QueueUrl" not in parameters:
            continue
        behavior = spec_of(MAILBOXES[parameters["QueueUrl"]]).behavior
        known = {message.__name__: message for message in behavior.reactions}
        assert parameters["MessageBody"]["to.$"] == parameters["MessageGroupId.$"], name
        for message in parameters["MessageBody"]["messages"]:
            told = {field.removesuffix(".$") for field in message["data"]}
            assert told == {field.name for field in dataclasses.fields(known[message["type"]])}, name


@machines
def test_task_tokens_are_handed_on_exactly_where_they_are_waited_for(path):
    for name, state in states(read(path)):
        waits = state.get("Resource", "").endswith(".waitForTaskToken")
        assert waits == ("$$.Task.Token" in json.dumps(state.get("Parameters", {}))), name


def test_every_machine_is_in_the_table_of_machines():
    table = (FOLDER / "README.md").read_text()
    for path in MACHINES:
        assert path.name in table
