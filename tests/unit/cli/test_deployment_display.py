"""What people see of a deployment."""

from ringtree_cli.answers import Device, Outcomes, RingProgress
from ringtree_cli.decoding import decode
from ringtree_cli.deployment_display import BAR_CELLS, count_states, outcome_bar, outcome_text

from tests.unit.cli.conftest import device_document


def test_a_bar_fills_with_the_outcomes_and_never_beyond_its_width():
    full = outcome_bar(RingProgress("canary", "running", 3, 1, Outcomes(done=1, failed=1, rolled_back=1)))
    empty = outcome_bar(RingProgress("canary", "waiting", 0, 0))

    assert full.plain == "█" * BAR_CELLS
    assert empty.plain == "░" * BAR_CELLS


def test_a_single_failure_among_thousands_is_seen():
    bar = outcome_bar(RingProgress("broad", "running", 5000, 50, Outcomes(failed=1)))

    assert bar.plain.count("█") == 1


def test_only_outcomes_that_have_happened_are_named():
    assert (
        outcome_text(RingProgress("canary", "running", 4, 1, Outcomes(done=2, rolled_back=1))).plain
        == "2 done, 1 rolled back"
    )


def test_devices_at_work_are_counted_for_their_own_deployment_alone():
    work = {"deployment_id": "go-1", "purpose": "install", "state": "verifying"}
    devices = [
        decode(Device, device_document("a", deployment=work)),
        decode(Device, device_document("b", deployment={**work, "deployment_id": "old"})),
        decode(Device, device_document("c", deployment={**work, "state": "done"})),
        decode(Device, device_document("d")),
    ]

    assert count_states(devices, "go-1") == {"verifying": 1}
