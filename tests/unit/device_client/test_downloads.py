"""Archives come whole and right, or not at all."""

import hashlib
import os

import pytest


@pytest.fixture
def offered(platform, publish):
    """Release 1.1.0 of about 100 kB, on offer as x-1."""
    publish("1.1.0", files={"ballast.bin": os.urandom(100_000)})
    platform.offer("x-1", "1.1.0")


@pytest.mark.usefixtures("offered")
def test_a_download_that_breaks_off_goes_on_where_it_stopped(device, platform):
    platform.faults.break_off_after = [40_000, 30_000]

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "done"
    assert [download.get("range") for download in platform.downloads] == [None, "bytes=40000-", "bytes=70000-"]
    assert platform.downloads[1]["if-range"] == '"etag-1.1.0"'
    assert platform.urls_given == 1


@pytest.mark.usefixtures("offered")
def test_a_download_goes_on_after_a_restart(device, platform):
    def has_begun() -> bool:
        return any(file.suffix == ".gz" and file.stat().st_size > 0 for file in device.root.glob("downloads/*"))

    platform.faults.slow_downloads = True
    device.live(until=has_begun)
    platform.faults.slow_downloads = False
    there = next(device.root.glob("downloads/*.gz")).stat().st_size

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "done"
    assert [download.get("range") for download in platform.downloads] == [None, f"bytes={there}-"]


@pytest.mark.usefixtures("offered")
def test_a_server_without_ranges_is_downloaded_from_the_start_again(device, platform):
    platform.faults.break_off_after = [40_000]
    platform.faults.ignores_ranges = True

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "done"


@pytest.mark.usefixtures("offered")
def test_a_corrupt_download_is_refused_reported_and_repeated(device, platform):
    platform.faults.corrupt_downloads = 2

    device.live_until_idle()

    reported = [progress.reason for progress in platform.progress if progress.state == "downloading"]
    assert [reason[:29] for reason in reported] == [
        "",
        "download 1 of 3 refused: SHA-",
        "download 2 of 3 refused: SHA-",
    ]
    assert platform.outcome_of("x-1").state == "done"


@pytest.mark.usefixtures("offered")
def test_three_corrupt_downloads_fail_the_deployment_with_both_digests(device, platform):
    platform.faults.corrupt_downloads = 99

    device.live_until_idle()

    outcome = platform.outcome_of("x-1")
    archive = platform.archives["1.1.0"]
    corrupt = hashlib.sha256(bytes([archive[0] ^ 1]) + archive[1:]).hexdigest()
    right = platform.releases["1.1.0"]["sha256"]
    assert outcome.state == "failed"
    assert outcome.reason.endswith(f"download 3 of 3 refused: SHA-256 is {corrupt}, {right} declared")
    assert len(platform.downloads) == 3
    assert list((device.root / "downloads").iterdir()) == []


@pytest.mark.usefixtures("offered")
def test_a_download_longer_than_declared_is_stopped_at_the_declared_size(device, platform):
    platform.archives["1.1.0"] += b"more"

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "failed"
    assert "declared" in platform.outcome_of("x-1").reason


@pytest.mark.usefixtures("offered")
def test_an_expired_url_is_asked_for_again(device, platform):
    platform.faults.expired_urls = 2

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "done"
    assert platform.urls_given == 3


@pytest.mark.usefixtures("offered")
def test_a_url_that_never_works_fails_the_deployment(device, platform):
    platform.faults.expired_urls = 999

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "failed"
    assert "download failed 8 times in a row: the URL was refused with 403" in platform.outcome_of("x-1").reason


@pytest.mark.usefixtures("offered")
def test_the_host_of_archives_never_sees_the_device_token(device, platform):
    device.live_until_idle()

    assert platform.downloads
    assert all("authorization" not in download for download in platform.downloads)


@pytest.mark.usefixtures("offered")
def test_an_archive_other_than_the_deployment_names_is_not_downloaded(device, platform):
    platform.deployment["release"] = {**platform.deployment["release"], "sha256": "0" * 64}

    device.live_until_idle()

    assert platform.outcome_of("x-1").state == "failed"
    assert "the deployment says" in platform.outcome_of("x-1").reason
    assert platform.downloads == []


@pytest.mark.usefixtures("offered")
def test_a_halt_stops_a_download(device, platform):
    platform.faults.break_off_after = [10_000, *[1] * 10_000]

    def halted() -> bool:
        if len(platform.downloads) > 3:
            platform.withdraw()
        return platform.deployment is None and device.state.job is None

    device.live(until=halted)

    assert platform.states_of("x-1") == ["downloading"]
    assert device.running_release is None
