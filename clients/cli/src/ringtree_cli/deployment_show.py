"""A watched deployment on the terminal: redrawn in place, line by line, or as JSON."""

from collections.abc import Callable, Iterable
from datetime import datetime

from rich.live import Live

from ringtree_cli.answers import Deployment
from ringtree_cli.deployment_display import progress_line, render_deployment
from ringtree_cli.deployment_watch import Sight
from ringtree_cli.terminal import Terminal, open_console

Clock = Callable[[], datetime]


def show_sights(sights: Iterable[Sight], terminal: Terminal, clock: Clock, *, each_change: bool) -> Deployment:
    """Show every sight and return the deployment as it was last seen. ``each_change``: JSON gets a line per change."""
    if not terminal.as_json and open_console().is_terminal:
        return _draw(sights, clock)

    shown, deployment = "", None
    for sight in sights:
        deployment, line = sight.deployment, progress_line(sight.deployment, sight.at_work)
        if line == shown:
            continue
        shown = line
        if terminal.as_json and each_change:
            terminal.answer_line(deployment)
        elif terminal.as_json:
            terminal.say(line)
        else:
            open_console().print(line, soft_wrap=True)
    return _last(deployment)


def _draw(sights: Iterable[Sight], clock: Clock) -> Deployment:
    deployment = None
    with Live(console=open_console(), auto_refresh=False) as live:
        for sight in sights:
            deployment = sight.deployment
            live.update(render_deployment(deployment, sight.at_work, clock()), refresh=True)
    return _last(deployment)


def _last(deployment: Deployment | None) -> Deployment:
    if deployment is None:
        raise ValueError("a watch gives at least one sight")
    return deployment
