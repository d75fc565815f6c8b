"""Agents and mailboxes belong together."""

import json
import re

from cdk_app.environments import environment_named
from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.agents.registry import AGENTS
from tests.infrastructure.synthesis import Synthesis

CONCURRENCY_OF_A_NEW_ACCOUNT, KEPT_UNRESERVED = 1_000, 100
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html: 100 must stay unreserved."""

MAILBOX = re.compile(r"RingtreeAgents/(\w+)Mailbox/Queue")


def mailbox_of(kind: str, lane: Lane = Lane.NORMAL) -> str:
    of_lane = "" if lane is Lane.NORMAL else lane.title()
    return f"RingtreeAgents/{''.join(word.title() for word in kind.split('_'))}{of_lane}Mailbox/Queue"


MAILBOXES = {(spec.kind, lane): mailbox_of(spec.kind, lane) for spec in AGENTS for lane in spec.lanes}


def test_each_lane_of_an_agent_has_a_mailbox_and_each_mailbox_an_agent(production: Synthesis):
    mailboxes = {queue.path for queue in production.of_type("AWS::SQS::Queue") if MAILBOX.fullmatch(queue.path)}

    assert mailboxes == set(MAILBOXES.values())


def test_agents_that_are_commanded_have_a_lane_for_it():
    commanded = {spec.kind for spec in AGENTS if Lane.CONTROL in spec.lanes}

    assert commanded == {"device", "batch", "ring_analyst", "deployment"}
    assert all(Lane.NORMAL in spec.lanes for spec in AGENTS)


def test_a_mailbox_keeps_the_order_of_each_agent_and_lets_agents_run_beside_one_another(production: Synthesis):
    for mailbox in MAILBOXES.values():
        queue = production.at(mailbox).properties
        assert queue["FifoQueue"] is True
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_mailbox_never_sets_a_message_aside(production: Synthesis):
    for mailbox in MAILBOXES.values():
        assert "RedrivePolicy" not in production.at(mailbox).properties


def turns_of(kind: str) -> str:
    return mailbox_of(kind).replace("Mailbox/Queue", "/Turns/Function")


def test_one_function_of_an_agent_takes_from_each_of_its_lanes_and_reports_what_failed(production: Synthesis):
    sources = {
        production.text(source.stack, source.properties["EventSourceArn"]): source
        for source in production.of_type("AWS::Lambda::EventSourceMapping")
    }
    environment = environment_named("production")
    for (kind, lane), mailbox in MAILBOXES.items():
        source = sources[mailbox]
        function = production.at(production.text(source.stack, source.properties["FunctionName"]))
        assert function.path == turns_of(kind)
        assert function.properties["Environment"]["Variables"]["AGENT_KIND"] == kind
        assert source.properties["BatchSize"] == 10
        assert source.properties["ScalingConfig"]["MaximumConcurrency"] == environment.bulkhead(kind, lane) >= 2


def test_a_function_knows_the_lane_of_each_queue_it_takes_from(production: Synthesis):
    for spec in AGENTS:
        function = production.at(turns_of(spec.kind))
        written = production.text(function.stack, function.properties["Environment"]["Variables"]["LANES"])
        assert json.loads(written) == {lane: MAILBOXES[spec.kind, lane] for lane in spec.lanes}


def test_an_account_keeps_runs_free_for_each_agent_and_as_many_as_its_lanes_may_take(production: Synthesis):
    reserved = 0
    for spec in AGENTS:
        function = production.at(turns_of(spec.kind))
        of_lanes = [environment_named("production").bulkhead(spec.kind, lane) for lane in spec.lanes]
        assert function.properties["ReservedConcurrentExecutions"] >= sum(of_lanes)
        reserved += function.properties["ReservedConcurrentExecutions"]

    assert reserved <= CONCURRENCY_OF_A_NEW_ACCOUNT - KEPT_UNRESERVED


def test_where_accounts_may_be_small_nothing_is_reserved(dev: Synthesis, local: Synthesis):
    for synthesis in (dev, local):
        for function in synthesis.of_type("AWS::Lambda::Function"):
            assert "ReservedConcurrentExecutions" not in function.properties


def test_every_batch_of_every_queue_may_fail_in_part(production: Synthesis):
    for source in production.of_type("AWS::Lambda::EventSourceMapping"):
        assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], source.path


def test_an_agent_is_told_every_lane_of_its_own_kind_and_of_those_it_sends_to(production: Synthesis):
    for spec in AGENTS:
        function = production.at(turns_of(spec.kind))
        written = production.text(function.stack, function.properties["Environment"]["Variables"]["MAILBOXES"])
        assert json.loads(written) == {
            mailbox_name(kind, lane): mailbox
            for (kind, lane), mailbox in MAILBOXES.items()
            if kind == spec.kind or kind in spec.sends_to
        }


def test_a_message_stays_hidden_for_six_turns(production: Synthesis, local: Synthesis):
    for synthesis in (production, local):
        for source in synthesis.of_type("AWS::Lambda::EventSourceMapping"):
            if "StartingPosition" in source.properties:
                continue  # a stream hides nothing
            queue = synthesis.at(synthesis.text(source.stack, source.properties["EventSourceArn"]))
            function = synthesis.at(synthesis.text(source.stack, source.properties["FunctionName"]))
            assert queue.properties["VisibilityTimeout"] >= 6 * function.properties["Timeout"], queue.path
