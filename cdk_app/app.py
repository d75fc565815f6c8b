"""One environment in, all stacks out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_cdk import App, Tags

from cdk_app.compliance import accept_findings, check_compliance
from cdk_app.environments import DEFAULT_ENVIRONMENT, Environment, environment_named
from cdk_app.stacks.agents_stack import AgentsStack
from cdk_app.stacks.api_stack import ApiStack
from cdk_app.stacks.data_stack import DataStack
from cdk_app.stacks.observability_stack import ObservabilityStack
from cdk_app.stacks.supervision_stack import SupervisionStack
from lambdas.settings.destinations import Destination, DestinationError, read_destinations


def add_stacks(app: App, environment: Environment) -> None:
    """Put Ringtree into the app, each stack knowing only those before it."""
    data = DataStack(app, "RingtreeData", environment=environment)
    agents = AgentsStack(app, "RingtreeAgents", environment=environment, data=data)
    supervision = SupervisionStack(app, "RingtreeSupervision", environment=environment, data=data, agents=agents)
    api = ApiStack(app, "RingtreeApi", environment=environment, data=data, agents=agents, supervision=supervision)
    ObservabilityStack(
        app,
        "RingtreeObservability",
        environment=environment,
        data=data,
        agents=agents,
        supervision=supervision,
        api=api,
    )
    Tags.of(app).add("application", "ringtree")
    Tags.of(app).add("environment", environment.name)


def destinations_of(context: Any) -> Mapping[str, Destination]:
    """Read the context ``destinations``: an object in cdk.json, JSON text from the command line."""
    if not isinstance(context, str):
        return read_destinations(context or {})
    try:
        return read_destinations(json.loads(context))
    except json.JSONDecodeError as error:
        raise DestinationError(f"destinations must be JSON, {context!r} is none: {error}") from error


def main() -> None:
    """Synthesize the environment named by ``-c environment=...``."""
    app = App()
    name = app.node.try_get_context("environment") or DEFAULT_ENVIRONMENT
    destinations = destinations_of(app.node.try_get_context("destinations"))
    add_stacks(app, replace(environment_named(name), destinations=destinations))
    accept_findings(app)
    check_compliance(app)
    app.synth()


if __name__ == "__main__":
    main()
