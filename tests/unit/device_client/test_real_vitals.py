"""Vitals of the machine the tests run on."""

from ringtree_device.client_session import ClientSession
from ringtree_device.psutil_vitals import PsutilVitals


def test_vitals_of_this_machine_are_percentages(tmp_path):
    vitals = PsutilVitals(tmp_path, lambda: 4)

    sample = vitals.sample()

    assert all(0 <= share <= 100 for share in (sample.cpu_percent, sample.memory_percent, sample.disk_percent))
    assert sample.crash_count == 4
    assert vitals.boot_id == PsutilVitals(tmp_path, lambda: 0).boot_id


def test_a_session_that_did_not_end_counts_as_a_crash(tmp_path):
    for _ in range(2):
        ClientSession(tmp_path).begin()
    ended = ClientSession(tmp_path)
    ended.begin()
    ended.end()
    session = ClientSession(tmp_path)
    session.begin()

    assert session.crash_count == 2
