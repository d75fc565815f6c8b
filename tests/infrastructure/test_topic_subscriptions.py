"""What a subscription of an agent becomes: a rule, the relay's queue, and the relay."""

import json

from aws_cdk import App, Stack
from aws_cdk import aws_events as events
from aws_cdk.assertions import Template

from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.topic_subscription import TopicSubscriptions
from cdk_app.environments import environment_named
from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.agents.agent_spec import AgentSpec

WATCH = AgentSpec(
    Behavior("watch", dict, lambda _: {}, {}), subscribes_to=(Subscription("plant/*/overflow", key="{2}"),)
)


def template(folder):
    stack = Stack(App(outdir=str(folder)), "Topics")
    environment = environment_named("local")
    package = FunctionPackage(stack, "Package", environment=environment)
    TopicSubscriptions(
        stack,
        "Topics",
        specs=[WATCH],
        bus=events.EventBus(stack, "Bus"),
        mailboxes={"watch": Mailbox(stack, "WatchMailbox", kind="watch", environment=environment)},
        package=package,
    )
    return Template.from_stack(stack)


def test_a_subscription_becomes_a_rule_that_names_what_let_an_event_through(tmp_path):
    made = template(tmp_path)
    (rule,) = made.find_resources("AWS::Events::Rule").values()
    (target,) = rule["Properties"]["Targets"]

    assert rule["Properties"]["EventPattern"] == {
        "detail-type": ["TopicMessage"],
        "detail": {"depth": [3], "levels": {"1": ["plant"], "3": ["overflow"]}},
    }
    assert target["InputTransformer"]["InputPathsMap"] == {"detail": "$.detail"}
    assert target["InputTransformer"]["InputTemplate"] == (
        '{"kind":"watch","pattern":"plant/*/overflow","key":"{2}","detail":<detail>}'
    )
    assert "SqsParameters" not in target, "the relay chooses the agent"


def test_the_relay_may_tell_subscribers_and_nobody_else(tmp_path):
    made = template(tmp_path)
    policies = json.dumps(made.find_resources("AWS::IAM::Policy"))

    made.resource_count_is("AWS::Lambda::EventSourceMapping", 1)
    assert policies.count("sqs:SendMessage") == 1
    assert "events:PutEvents" not in policies
