"""``ringtree-device status``: what this device runs and does."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ringtree_device.client_lock import is_client_running
from ringtree_device.client_session import read_session
from ringtree_device.commands.clear_errors import clear_errors
from ringtree_device.commands.root_option import DEFAULT_ROOT, Root
from ringtree_device.contact_file import read_contact
from ringtree_device.enrolment import load_enrolment
from ringtree_device.job import Job
from ringtree_device.json_state_store import JsonStateStore


def status(
    root: Root = DEFAULT_ROOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show the running release, the work in hand, the last outcome and the last contact with the platform."""
    with clear_errors():
        found = device_status(root)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        typer.echo(f"{name.replace('_', ' '):<20}{_in_words(value)}")


def device_status(root: Path) -> dict[str, Any]:
    """All there is to say of the device in a folder. Raises NotEnrolledError."""
    enrolment, state, contact = load_enrolment(root), JsonStateStore(root).load(), read_contact(root)
    current = root / "current"
    return {
        "device_id": enrolment.device_id,
        "url": enrolment.url,
        "ring_at_enrolment": enrolment.ring,
        "is_client_running": is_client_running(root),
        "running_release": current.readlink().name if current.is_symlink() else None,
        "previous_release": state.previous_release,
        "deployment_in_hand": _job(state.job),
        "last_deployment": _job(state.endings[-1] if state.endings else None),
        "last_heartbeat_at": contact["last_heartbeat_at"],
        "problem": contact["problem"],
        "crash_count": read_session(root)["crash_count"],
    }


def _job(job: Job | None) -> dict[str, Any] | None:
    if job is None:
        return None
    return {
        "deployment_id": job.deployment_id,
        "action": job.action,
        "release": job.target,
        "state": job.outcome or job.step,
        "reason": job.reason,
    }


def _in_words(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return " ".join(f"{name}={item}" for name, item in value.items() if item not in (None, ""))
        case _:
            return str(value)
