"""What the steps that plan deployments and rollbacks work with, and how it is put together with AWS."""

from dataclasses import dataclass

from lambdas.actors.ports import AgentDirectory
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_agent_directory import DynamoDBAgentDirectory
from lambdas.aws.s3_artifact_store import S3ArtifactStore
from lambdas.aws.s3_client import s3_client
from lambdas.fleet.ports import ArtifactStore
from lambdas.settings.plan_deployment import PlanDeploymentSettings
from lambdas.settings.plan_rollback import PlanRollbackSettings


@dataclass(frozen=True, slots=True)
class PlanningPorts:
    """Where devices and batches are read, and where batches are written."""

    agents: AgentDirectory
    artifacts: ArtifactStore


def planning_ports(settings: PlanDeploymentSettings | PlanRollbackSettings) -> PlanningPorts:
    """Put the ports together with AWS."""
    return PlanningPorts(
        agents=DynamoDBAgentDirectory(client("dynamodb"), settings.agents_table),
        artifacts=S3ArtifactStore(s3_client(), settings.artifacts_bucket),
    )
