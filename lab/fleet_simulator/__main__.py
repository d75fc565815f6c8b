"""``python -m lab.fleet_simulator``: a fleet of simulated devices until Ctrl-C."""

import asyncio
import json
import logging
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from ringtree_device.platform_errors import RequestRefusedError

from lab.fleet_simulator.fleet_rules import DeviceRule, FleetRules, share_of_devices
from lab.fleet_simulator.fleet_simulator import FleetPlan, FleetSimulator, simulated_requests

TICK_SECONDS = 1.0


def simulate(  # noqa: PLR0917 - one parameter is one option
    devices: Annotated[int, typer.Option(min=1, help="How many.")] = 60,
    config: Annotated[
        Path, typer.Option(help="File with device_url and enrolment_token, as `make up` writes it.", dir_okay=False)
    ] = Path(".ringtree/embedded.json"),
    seed: Annotated[int, typer.Option(help="The same seed gives the same fleet.")] = 0,
    prefix: Annotated[str, typer.Option(help="Device ids begin with this.")] = "sim",
    unhealthy: Annotated[
        list[str] | None, typer.Option(help="VERSION=SHARE: health checks of this release fail on this share (0..1).")
    ] = None,
    silent: Annotated[
        list[str] | None, typer.Option(help="VERSION=SHARE: this share falls silent after switching to the release.")
    ] = None,
    connections: Annotated[int, typer.Option(min=1, help="Requests under way at once.")] = 12,
    statistics_file: Annotated[
        Path | None, typer.Option(help="Write the statistics here as JSON, every second.", dir_okay=False)
    ] = None,
) -> None:
    """Run simulated devices against the embedded AWS, or any other installation, until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        platform = json.loads(config.read_text())
        plan = FleetPlan(
            url=platform["device_url"],
            enrolment_token=platform["enrolment_token"],
            requests=simulated_requests(devices, seed, prefix),
            rules=FleetRules(
                unhealthy=_rule(unhealthy, "unhealthy", seed) if unhealthy else None,
                falls_silent=_rule(silent or [], "silent", seed),
            ),
            seed=seed,
            connections=connections,
        )
    except FileNotFoundError as error:
        raise typer.BadParameter(f"{config} does not exist; run `make up` first", param_hint="--config") from error
    except (ValueError, KeyError) as error:
        raise typer.BadParameter(f"{config} cannot be used: {error!r}", param_hint="--config") from error
    try:
        asyncio.run(_run(plan, statistics_file))
    except RequestRefusedError as error:
        typer.echo(f"the devices cannot enrol: {error}", err=True)
        raise typer.Exit(1) from error


def _rule(shares: list[str], what: str, seed: int) -> DeviceRule:
    rules = [_share(text, what, seed) for text in shares]
    return lambda device_id, version: any(rule(device_id, version) for rule in rules)


def _share(text: str, what: str, seed: int) -> DeviceRule:
    version, _, share = text.partition("=")
    try:
        return share_of_devices(float(share), version, what, seed)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not VERSION=SHARE, such as 1.2.0=0.4", param_hint=f"--{what}") from error


async def _run(plan: FleetPlan, statistics_file: Path | None) -> None:
    loop, living = asyncio.get_running_loop(), asyncio.current_task()
    if living is not None:
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, living.cancel)
    with suppress(asyncio.CancelledError):
        async with FleetSimulator(
            plan, on_enrolled=lambda enrolled: _say_enrolled(enrolled, len(plan.requests))
        ) as fleet:
            await _watch(fleet, statistics_file)


async def _watch(fleet: FleetSimulator, statistics_file: Path | None) -> None:
    before = ""
    while True:
        statistics = fleet.statistics()
        line = f"states {statistics.states}  running {statistics.running_releases}"
        if line != before:
            print(line, flush=True)
        before = line
        if statistics_file is not None:
            unfinished = statistics_file.with_name(f"{statistics_file.name}.new")
            unfinished.write_text(json.dumps(statistics.to_json(), indent=2))
            unfinished.replace(statistics_file)
        await asyncio.sleep(TICK_SECONDS)


def _say_enrolled(enrolled: int, of: int) -> None:
    if enrolled % 50 == 0 or enrolled == of:
        print(f"enrolled {enrolled} of {of}", flush=True)


if __name__ == "__main__":
    typer.run(simulate)
