"""One environment in, all stacks out."""

from aws_cdk import App, Tags

from cdk_app.compliance import accept_findings, check_compliance
from cdk_app.environments import DEFAULT_ENVIRONMENT, Environment, environment_named
from cdk_app.stacks.agents_stack import AgentsStack
from cdk_app.stacks.api_stack import ApiStack
from cdk_app.stacks.data_stack import DataStack
from cdk_app.stacks.observability_stack import ObservabilityStack
from cdk_app.stacks.supervision_stack import SupervisionStack


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


def main() -> None:
    """Synthesize the environment named by ``-c environment=...``."""
    app = App()
    name = app.node.try_get_context("environment") or DEFAULT_ENVIRONMENT
    add_stacks(app, environment_named(name))
    accept_findings(app)
    check_compliance(app)
    app.synth()


if __name__ == "__main__":
    main()
