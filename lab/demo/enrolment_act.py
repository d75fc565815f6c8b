"""Act one: this machine and the simulated fleet join."""

import sys
import time
from collections import Counter

from lab.demo.errors import DemoError
from lab.demo.play import Play
from lab.demo.simulated_fleet import FleetLog
from lab.demo.this_machine import DEVICE_ID, enrol_this_machine, start_this_machine

SECONDS_PER_DEVICE = 0.5
"""Patience with enrolment, on top of a minute."""
LOOKS_EVERY_SECONDS = 0.3
ONLINE_WITHIN_SECONDS = 60.0


def enrol_fleet(play: Play) -> None:
    """Enrol everyone and wait until the platform has heard a heartbeat of each."""
    play.stage.act(f"This machine and {play.simulated_devices} simulated devices join the fleet")
    _start_simulated_fleet(play)
    enrol_this_machine(play.system.connection, play.rings[0], play.folders.device)
    process = start_this_machine(play.processes, play.folders.device)
    play.stage.say(f"this machine is device {DEVICE_ID} in ring {play.rings[0]} (process {process.popen.pid})")
    _await_enrolment(play)
    _await_heartbeats(play)
    rings = Counter(device.ring for device in play.api.devices())
    play.stage.say("fleet: " + ", ".join(f"{rings[ring]} in {ring}" for ring in play.rings))


def fleet_log(play: Play) -> FleetLog:
    """What the simulated devices have logged so far."""
    return FleetLog.read(play.folders.simulator / "fleet.json")


def _start_simulated_fleet(play: Play) -> None:
    log_file = play.folders.simulator / "fleet.json"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    connection_file = play.system.aws.state.connection
    arguments = [str(connection_file), str(play.simulated_devices), str(log_file)]
    play.processes.start("simulated-fleet", [sys.executable, "-m", "lab.demo.simulated_fleet", *arguments])


def _await_enrolment(play: Play) -> None:
    deadline = time.monotonic() + 60 + SECONDS_PER_DEVICE * play.simulated_devices
    with play.stage.counting("enrolled", play.simulated_devices) as count:
        while (enrolled := len(fleet_log(play).installs)) < play.simulated_devices:
            count(enrolled)
            _look_again(play, deadline, f"only {enrolled} of {play.simulated_devices} devices enrolled")
        count(enrolled)


def _await_heartbeats(play: Play) -> None:
    deadline = time.monotonic() + ONLINE_WITHIN_SECONDS + SECONDS_PER_DEVICE * play.simulated_devices
    with play.stage.counting("heard", play.fleet_size) as count:
        while (heard := sum(1 for device in play.api.devices() if device.is_online)) < play.fleet_size:
            count(heard)
            _look_again(play, deadline, f"only {heard} of {play.fleet_size} devices were heard")
        count(heard)


def _look_again(play: Play, deadline: float, finding: str) -> None:
    play.processes.check_alive()
    if time.monotonic() > deadline:
        raise DemoError(f"{finding} in time; see {play.folders.logs} and {play.system.aws.state.log}")
    time.sleep(LOOKS_EVERY_SECONDS)
