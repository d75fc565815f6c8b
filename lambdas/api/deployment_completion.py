"""Completes deployments: rehearsals on request, true ones by their own end only."""

from lambdas.agents.deployment.commands import possible_commands
from lambdas.api.deployment_reading import deployment_view, read_deployment
from lambdas.api.errors import ConflictError
from lambdas.api.rehearsal_runs import complete_rehearsal
from lambdas.api.views.deployments import DeploymentView
from lambdas.api.views.orchestration import CompleteOrder, RehearsalView
from lambdas.fleet.catalog import CatalogDeployment, DeploymentMode
from lambdas.wiring.operator_api import OperatorPorts


def complete_deployment(ports: OperatorPorts, order: CompleteOrder) -> RehearsalView | DeploymentView:
    """End a rehearsal; show a true deployment that has ended.

    A true deployment that still runs is a conflict: completing it would leave devices between two releases.
    """
    entry = read_deployment(ports, order.deployment_id)
    _check_release(entry, order.release)
    if entry.mode is DeploymentMode.REHEARSAL:
        return complete_rehearsal(ports, entry)

    view = deployment_view(ports, entry)
    if not view.status.is_final:
        commands = ", ".join(possible_commands(view.status)) or "none"
        raise ConflictError(
            "deployment_not_ended",
            f"deployment {entry.deployment_id!r} is {view.status.value}",
            field="deployment_id",
            remedy=f"Wait until it has ended, or command it; possible now: {commands}.",
        )
    return view


def _check_release(entry: CatalogDeployment, release: str | None) -> None:
    standing = entry.release.version if entry.release else None
    if release is not None and release != standing:
        told = f"release {standing!r}" if standing else "no release, it is a rehearsal"
        raise ConflictError(
            "other_release",
            f"deployment {entry.deployment_id!r} was started with {told}",
            field="release",
            remedy="Leave the release out, or name the one it was started with.",
        )
