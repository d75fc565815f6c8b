"""Agents and mailboxes belong together."""

import json
import re

from lambdas.agents.registry import AGENTS
from tests.infrastructure.synthesis import Synthesis

MAILBOX = re.compile(r"RingtreeAgents/(\w+)Mailbox/Queue")


def mailbox_of(kind: str) -> str:
    return f"RingtreeAgents/{''.join(word.title() for word in kind.split('_'))}Mailbox/Queue"


def test_each_agent_has_a_mailbox_and_each_mailbox_an_agent(production: Synthesis):
    mailboxes = {queue.path for queue in production.of_type("AWS::SQS::Queue") if MAILBOX.fullmatch(queue.path)}

    assert mailboxes == {mailbox_of(spec.kind) for spec in AGENTS}


def test_a_mailbox_keeps_the_order_of_each_agent_and_lets_agents_run_beside_one_another(production: Synthesis):
    for spec in AGENTS:
        queue = production.at(mailbox_of(spec.kind)).properties
        assert queue["FifoQueue"] is True
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_mailbox_never_sets_a_message_aside(production: Synthesis):
    for spec in AGENTS:
        assert "RedrivePolicy" not in production.at(mailbox_of(spec.kind)).properties


def test_the_function_of_an_agent_takes_from_its_mailbox_and_reports_what_failed(production: Synthesis):
    sources = {
        production.text(source.stack, source.properties["EventSourceArn"]): source
        for source in production.of_type("AWS::Lambda::EventSourceMapping")
    }
    for spec in AGENTS:
        source = sources[mailbox_of(spec.kind)]
        function = production.at(production.text(source.stack, source.properties["FunctionName"]))
        assert function.properties["Environment"]["Variables"]["AGENT_KIND"] == spec.kind
        assert source.properties["BatchSize"] == 10
        assert source.properties["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_every_batch_of_every_queue_may_fail_in_part(production: Synthesis):
    for source in production.of_type("AWS::Lambda::EventSourceMapping"):
        assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], source.path


def test_an_agent_is_told_the_mailboxes_it_sends_to(production: Synthesis):
    for spec in AGENTS:
        path = mailbox_of(spec.kind).replace("Mailbox/Queue", "/Turns/Function")
        function = production.at(path)
        written = production.text(function.stack, function.properties["Environment"]["Variables"]["MAILBOXES"])
        assert json.loads(written) == {kind: mailbox_of(kind) for kind in spec.sends_to}


def test_a_message_stays_hidden_for_six_turns(production: Synthesis, local: Synthesis):
    for synthesis in (production, local):
        for source in synthesis.of_type("AWS::Lambda::EventSourceMapping"):
            queue = synthesis.at(synthesis.text(source.stack, source.properties["EventSourceArn"]))
            function = synthesis.at(synthesis.text(source.stack, source.properties["FunctionName"]))
            assert queue.properties["VisibilityTimeout"] >= 6 * function.properties["Timeout"], queue.path
