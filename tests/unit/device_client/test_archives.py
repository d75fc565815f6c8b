"""Archives that would do harm are refused; what is built is the same every time."""

import io
import sys
import tarfile
from pathlib import Path

import pytest
from ringtree_device.archive import ArchiveError, UnpackLimits, unpack_archive
from ringtree_device.manifest import ManifestError, read_manifest

from lab.fleet_simulator.release_archives import build_archive


def archive_of(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path = folder / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def file(name: str, data: bytes = b"x", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.mode = mode
    return member, data


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def device_file(name: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type = tarfile.CHRTYPE
    return member, b""


RULES = ["data filter", "Python before 3.11.4"] if sys.version_info < (3, 12) else ["data filter"]
"""Later Pythons have the filter, and need it themselves: there is nothing to take away."""


@pytest.fixture(params=RULES, autouse=True)
def extraction(request, monkeypatch):
    """Every archive is unpacked under both rules."""
    if request.param == "Python before 3.11.4":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)


@pytest.mark.parametrize(
    "members",
    [
        [file("../outside")],
        [file("a/../../outside")],
        [link("out", "../..")],
        [link("out", "/etc")],
        [link("out", "../outside", tarfile.LNKTYPE)],
        [device_file("null")],
        [link("dir", "."), file("dir/inside")],
        [link("a", "."), file("a")],
    ],
    ids=["dots", "hidden-dots", "link-out", "link-absolute", "hard-link", "device", "behind-link", "over-link"],
)
def test_members_that_leave_the_folder_are_refused(members, tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()

    with pytest.raises(ArchiveError):
        unpack_archive(archive_of(tmp_path, *members), folder, UnpackLimits())

    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("limits", [UnpackLimits(total_bytes=99), UnpackLimits(members=1)])
def test_archives_that_unpack_to_too_much_are_refused(limits, tmp_path):
    archive = archive_of(tmp_path, file("a", b"x" * 60), file("b", b"x" * 60))
    folder = tmp_path / "into"
    folder.mkdir()

    with pytest.raises(ArchiveError, match="unpacks to more than"):
        unpack_archive(archive, folder, limits)


@pytest.mark.parametrize("keep", [0, 5, 40, 200])
def test_broken_archives_are_refused(keep, tmp_path):
    whole = archive_of(tmp_path, file("a", bytes(range(256)) * 40)).read_bytes()
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(whole[:keep])
    folder = tmp_path / "into"
    folder.mkdir()

    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        unpack_archive(broken, folder, UnpackLimits())


def test_set_uid_bits_are_dropped_and_scripts_stay_executable(tmp_path):
    unpack_archive(archive_of(tmp_path, file("tool", mode=0o4755)), tmp_path, UnpackLimits())

    assert (tmp_path / "tool").stat().st_mode & 0o7777 == 0o755


def test_the_same_release_is_built_to_the_same_bytes(tmp_path):
    first = build_archive("1.1.0", tmp_path / "a", files={"data": b"1"}, health_check="#!/bin/sh\n")
    second = build_archive("1.1.0", tmp_path / "b", files={"data": b"1"}, health_check="#!/bin/sh\n")

    assert first.sha256 == second.sha256
    assert first.path.stat().st_size == first.size_bytes


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"{", "is not JSON"),
        (b"[]", "not an object with a version"),
        (b'{"version": 1}', "not an object with a version"),
        (b'{"version": "1", "health_check": "./run"}', "health_check"),
        (
            b'{"version": "1", "health_check": ["a"], "health_check_timeout_seconds": -1}',
            "health_check_timeout_seconds",
        ),
        (b'{"version": "1", "pre_install": ["a", 2]}', "pre_install"),
    ],
)
def test_a_wrong_manifest_is_refused_by_the_name_of_its_field(content, named):
    with pytest.raises(ManifestError, match=named):
        read_manifest(content)


def test_hooks_are_optional():
    manifest = read_manifest(b'{"version": "1.0"}')

    assert (manifest.pre_install, manifest.health_check) == (None, None)
