"""The simulated fleet's log, as the checks read it."""

from pathlib import Path

from lab.demo.simulated_fleet import CANARY, CANARY_AT_LEAST, FleetLog, fleet_requests
from lambdas.fleet.rings import DEFAULT_RINGS, assign_ring


def test_a_log_is_read_as_it_was_written_and_empty_before(tmp_path: Path):
    file = tmp_path / "fleet.json"
    assert FleetLog.read(file).installs == {}

    log = FleetLog(installs={"sim-0001": ["1.1.0", "1.2.0", "1.1.0"]}, crashed={"sim-0002": "OSError()"})
    log.write(file)

    assert FleetLog.read(file) == log


def test_a_small_fleet_has_enough_devices_in_the_first_ring_and_a_large_one_is_placed_by_the_platform():
    small, large = fleet_requests(12), fleet_requests(500)

    first = [one for one in small if CANARY in (one.ring, assign_ring(one.device_id, DEFAULT_RINGS))]
    assert len(first) == CANARY_AT_LEAST
    assert all(request.ring is None for request in large)
