"""``ringtree-device run``: live as a device."""

import asyncio
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import httpx
import typer

from ringtree_device.backoff import Patience
from ringtree_device.client_lock import client_lock
from ringtree_device.client_session import ClientSession
from ringtree_device.commands.clear_errors import clear_errors
from ringtree_device.commands.root_option import DEFAULT_ROOT, Root
from ringtree_device.contact_file import ContactFile
from ringtree_device.device_parts import DeviceParts, assemble
from ringtree_device.enrolment import load_enrolment
from ringtree_device.filesystem_installer import FileSystemInstaller
from ringtree_device.json_state_store import JsonStateStore
from ringtree_device.psutil_vitals import PsutilVitals
from ringtree_device.system_clock import SystemClock

logger = logging.getLogger("ringtree_device")


def run(
    root: Root = DEFAULT_ROOT,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
) -> None:
    """Send heartbeats, install what the fleet assigns, until SIGTERM or Ctrl-C. Log goes to stderr.

    Whatever a stop, a crash or a power cut interrupts, the next run resumes or undoes.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    for library in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)  # they would log presigned URLs
    with clear_errors():
        enrolment_folder = root.resolve()
        load_enrolment(enrolment_folder)  # before the lock, which would leave a file in a folder that is no device's
        with client_lock(enrolment_folder):
            session = ClientSession(enrolment_folder)
            session.begin()
            asyncio.run(_run_until_stopped(enrolment_folder, session))
            session.end()


async def _run_until_stopped(root: Path, session: ClientSession) -> None:
    loop, living = asyncio.get_running_loop(), asyncio.current_task()
    if living is not None:
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, living.cancel)
    with suppress(asyncio.CancelledError):
        await _live(root, session)
    logger.info("stopped")


async def _live(root: Path, session: ClientSession) -> None:
    enrolment, clock = load_enrolment(root), SystemClock()
    async with httpx.AsyncClient() as http:
        parts = DeviceParts(
            vitals=PsutilVitals(root, lambda: session.crash_count),
            installer=FileSystemInstaller(root, enrolment.device_id, clock, _log_step),
            store=JsonStateStore(root),
            patience=Patience(clock, SystemRandom()),
            on_contact=ContactFile(root).write,
            on_step=_log_step,
        )
        logger.info("device %s runs with %s", enrolment.device_id, enrolment.url)
        await assemble(http, enrolment, parts).run()


def _log_step(step: str) -> None:
    logger.debug("step: %s", step)
