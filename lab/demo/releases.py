"""The two releases of the demo: real archives, the second one with a defect that shows on some devices only."""

import hashlib
from pathlib import Path

from ringtree_cli.answers import Release
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.release_publishing import ProgressListener, measure_archive, publish_release

from lab.fleet_simulator.release_archives import build_archive

GOOD_RELEASE = "1.1.0"
BAD_RELEASE = "1.2.0"
UNHEALTHY_SHARE = 0.6

SCREENS = hashlib.shake_256(b"screens").digest(96 * 1024)
"""Bytes that do not compress, so that there is something to download; the same ones in every run."""
CONTENT = {"app/kiosk.txt": b"Welcome. Touch the screen.\n", "app/screens.dat": SCREENS}

PRE_INSTALL = """#!/bin/sh
# Runs before the switch: a release that does not fit this device says so here, while nothing has changed yet.
test -f app/kiosk.txt || { echo "the archive has no app/kiosk.txt"; exit 1; }
"""

HEALTHY_CHECK = """#!/bin/sh
# Runs after the switch: is what runs now really this release, and whole?
test "$(cat VERSION)" = "$RINGTREE_RELEASE" || { echo "VERSION says $(cat VERSION)"; exit 1; }
test -s app/screens.dat || { echo "the screens are missing"; exit 1; }
"""

DEFECTIVE_CHECK = f"""#!/usr/bin/env python3
# The defect shows on some devices only, always on the same ones: a hash of the device's name decides.
import hashlib, os, sys
words = ("unhealthy", os.environ["RINGTREE_RELEASE"], os.environ["RINGTREE_DEVICE_ID"])
place = int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:8], "big") / 2**64
if place < {UNHEALTHY_SHARE}:
    print("the screen stays dark")
    sys.exit(1)
"""


def publish_good_release(api: OperatorApi, folder: Path, listener: ProgressListener) -> Release:
    """Build and publish the release that works."""
    archive = build_archive(GOOD_RELEASE, folder, files=CONTENT, pre_install=PRE_INSTALL, health_check=HEALTHY_CHECK)
    return publish_release(api, measure_archive(archive.path), GOOD_RELEASE, listener)


def publish_bad_release(api: OperatorApi, folder: Path, listener: ProgressListener) -> Release:
    """Build and publish the release whose health check fails on a share of the devices, simulated ones alike."""
    archive = build_archive(
        BAD_RELEASE,
        folder,
        files=CONTENT,
        pre_install=PRE_INSTALL,
        health_check=DEFECTIVE_CHECK,
        unhealthy_share=UNHEALTHY_SHARE,
    )
    return publish_release(api, measure_archive(archive.path), BAD_RELEASE, listener)
