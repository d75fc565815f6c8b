"""Following a deployment to its end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ringtree_cli.answers import Deployment
from ringtree_cli.deployment_display import count_states
from ringtree_cli.errors import PlatformFailedError, PlatformUnreachableError
from ringtree_cli.operator_api import OperatorApi

OUTAGES_BORNE = 5
"""Looks in a row that may fail, each after the connection's own retries, before the watch gives up."""
STATES_LIMIT = 300
"""Rings larger than this are watched by their outcomes alone: a look would cost too many pages."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A deployment at one look, and the devices of its open rings by the state they are in."""

    deployment: Deployment
    at_work: Mapping[str, int]


def look(api: OperatorApi, deployment_id: str) -> Sight:
    """One look at a deployment."""
    deployment = api.deployment(deployment_id)
    open_rings = [ring for ring in deployment.rings if ring.status in {"running", "passed", "failed", "aborted"}]
    if deployment.has_ended or sum(ring.devices for ring in open_rings) > STATES_LIMIT:
        return Sight(deployment, {})
    devices = [device for ring in open_rings for device in api.devices(ring.ring)]
    return Sight(deployment, count_states(devices, deployment_id))


def watch_deployment(
    api: OperatorApi, deployment_id: str, sleep: Callable[[float], None], pause_seconds: float
) -> Iterator[Sight]:
    """Look again and again until the deployment has ended; bears short outages of the platform."""
    outages = 0
    while True:
        try:
            sight = look(api, deployment_id)
        except (PlatformUnreachableError, PlatformFailedError):
            outages += 1
            if outages > OUTAGES_BORNE:
                raise
            sleep(pause_seconds)
            continue
        outages = 0
        yield sight
        if sight.deployment.has_ended:
            return
        sleep(pause_seconds)
