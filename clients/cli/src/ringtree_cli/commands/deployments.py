"""``ringtree deployments``: start, watch, step in."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from ringtree_cli.answers import Deployment, DeploymentSummary
from ringtree_cli.deployment_display import render_deployment, styled_status
from ringtree_cli.deployment_show import show_sights
from ringtree_cli.deployment_watch import look, watch_deployment
from ringtree_cli.errors import PlatformUnreachableError
from ringtree_cli.invocation import Json, Reason, duration_option, operator_api, share_option
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.rollout_plan import RolloutOptions
from ringtree_cli.terminal import Terminal

app = typer.Typer(name="deployments", help="Releases on their way through the rings.", no_args_is_help=True)

DeploymentId = Annotated[str, typer.Argument(help="Id of the deployment.")]
LOOK_EVERY_SECONDS = 1.0


@app.command()
def start(  # noqa: PLR0917  one parameter per option
    context: typer.Context,
    release: Annotated[str, typer.Argument(help="Version to ship.")],
    deployment_id: Annotated[
        str | None, typer.Option("--id", help="Id to give it; the same id never starts twice.")
    ] = None,
    rings: Annotated[
        list[str] | None, typer.Option("--ring", help="A ring to ship to, in order; repeat it. Default: all.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Devices that are offered the release together.")
    ] = None,
    max_open_batches: Annotated[int | None, typer.Option(min=1, help="Batches of a ring at work at one time.")] = None,
    bake: Annotated[timedelta | None, duration_option("How long a filled ring must stay healthy.")] = None,
    tolerated_failure_share: Annotated[float | None, share_option("Failures above which a ring is halted.")] = None,
    minimum_sample: Annotated[int | None, typer.Option(min=1, help="Ended installs before a ring is judged.")] = None,
    batch_timeout: Annotated[
        timedelta | None, duration_option("After it, a device that has not ended is silent.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay until it has ended; exit code 0 only if promoted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start shipping a release. DURATION is written 90s, 10m or 2h; SHARE 0.05 or 5%."""
    terminal = Terminal(as_json)
    options = RolloutOptions(
        rings or (), batch_size, max_open_batches, bake, tolerated_failure_share, minimum_sample, batch_timeout
    )
    chosen_id = deployment_id or new_deployment_id(datetime.now(UTC), secrets.token_hex(3))
    with operator_api(context) as api:
        deployment = _start(api, chosen_id, release, options)
        if not wait:
            words = f"deployment {chosen_id} has started; watch it with: ringtree deployments watch {chosen_id}"
            terminal.answer(deployment, words)
            return
        ended = _follow(api, chosen_id, terminal, each_change=False)
    if as_json:
        terminal.answer(ended, "")
    raise typer.Exit(0 if ended.ended_well else 1)


@app.command()
def watch(context: typer.Context, deployment_id: DeploymentId, as_json: Json = False) -> None:
    """Watch a deployment to its end; exit code 0 if it was promoted, else 1. With --json, a line per change."""
    with operator_api(context) as api:
        ended = _follow(api, deployment_id, Terminal(as_json), each_change=True)
    raise typer.Exit(0 if ended.ended_well else 1)


@app.command()
def status(context: typer.Context, deployment_id: DeploymentId, as_json: Json = False) -> None:
    """Show how far a deployment is."""
    with operator_api(context) as api:
        sight = look(api, deployment_id)
    view = render_deployment(sight.deployment, sight.at_work, datetime.now(UTC))
    Terminal(as_json).answer(sight.deployment, view)


@app.command()
def devices(
    context: typer.Context,
    deployment_id: DeploymentId,
    ring: Annotated[str | None, typer.Option(help="Only devices of this ring.")] = None,
    as_json: Json = False,
) -> None:
    """Show what became of each device of a deployment."""
    with operator_api(context) as api:
        outcomes = api.device_outcomes(deployment_id, ring)
    table = Table("device", "ring", "outcome", "reason", "batch", box=None)
    for one in outcomes:
        table.add_row(one.device_id, one.ring, one.outcome or "-", one.reason or "", one.batch)
    Terminal(as_json).answer({"devices": outcomes}, table)


@app.command("list")
def list_deployments(context: typer.Context, as_json: Json = False) -> None:
    """List deployments, the newest first."""
    with operator_api(context) as api:
        deployments = sorted(api.deployments(), key=_created, reverse=True)
    table = Table("deployment", "release", "status", "mode", "created", box=None)
    for one in deployments:
        created = one.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if one.created_at else "-"
        table.add_row(one.deployment_id, one.release or "-", styled_status(one.status), one.mode, created)
    Terminal(as_json).answer({"deployments": deployments}, table)


@app.command()
def pause(context: typer.Context, deployment_id: DeploymentId, reason: Reason = "", as_json: Json = False) -> None:
    """Open no further batch and no further ring until resumed."""
    with operator_api(context) as api:
        api.pause_deployment(deployment_id, reason)
    _confirm(deployment_id, "pause", as_json)


@app.command()
def resume(context: typer.Context, deployment_id: DeploymentId, reason: Reason = "", as_json: Json = False) -> None:
    """Go on after a pause."""
    with operator_api(context) as api:
        api.resume_deployment(deployment_id, reason)
    _confirm(deployment_id, "resume", as_json)


@app.command()
def abort(context: typer.Context, deployment_id: DeploymentId, reason: Reason = "", as_json: Json = False) -> None:
    """Stop, and roll back the ring that is being filled."""
    with operator_api(context) as api:
        api.abort_deployment(deployment_id, reason)
    _confirm(deployment_id, "abort", as_json)


def new_deployment_id(now: datetime, suffix: str) -> str:
    """An id that sorts by time and is not met twice."""
    return f"deploy-{now:%Y%m%d-%H%M%S}-{suffix}"


def _start(api: OperatorApi, deployment_id: str, release: str, options: RolloutOptions) -> Deployment:
    try:
        return api.start_deployment(deployment_id, release, options.to_plan())
    except PlatformUnreachableError as error:
        remedy = f"it may have started; repeat with --id {deployment_id}, which never starts twice"
        raise PlatformUnreachableError(error.message, remedy) from error


def _follow(api: OperatorApi, deployment_id: str, terminal: Terminal, *, each_change: bool) -> Deployment:
    sights = watch_deployment(api, deployment_id, time.sleep, LOOK_EVERY_SECONDS)
    try:
        return show_sights(sights, terminal, lambda: datetime.now(UTC), each_change=each_change)
    except KeyboardInterrupt:
        terminal.say(f"the deployment goes on; see it again with: ringtree deployments watch {deployment_id}")
        raise


def _created(deployment: DeploymentSummary) -> datetime:
    return deployment.created_at or datetime.min.replace(tzinfo=UTC)


def _confirm(deployment_id: str, command: str, as_json: bool) -> None:
    document = {"deployment_id": deployment_id, "command": command, "accepted": True}
    Terminal(as_json).answer(document, f"{command} of {deployment_id} is accepted")
