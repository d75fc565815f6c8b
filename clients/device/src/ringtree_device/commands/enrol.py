"""``ringtree-device enrol``: join the fleet."""

import asyncio
import platform
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import httpx
import typer

from ringtree_device.backoff import Backoff
from ringtree_device.commands.clear_errors import UsageProblemError, clear_errors
from ringtree_device.commands.root_option import DEFAULT_ROOT, Root
from ringtree_device.device_api import EnrolmentRequest
from ringtree_device.device_api import enrol as request_enrolment
from ringtree_device.enrolment import Enrolment, NotEnrolledError, load_enrolment, save_enrolment
from ringtree_device.platform_errors import PlatformUnavailableError
from ringtree_device.platform_request import PlatformConnection
from ringtree_device.system_clock import SystemClock

ATTEMPTS = 4
"""A machine that enrols while it boots may be faster than its network."""


def enrol(  # noqa: PLR0917 - one parameter is one option
    url: Annotated[str, typer.Option(help="Device URL of the platform.", envvar="RINGTREE_DEVICE_URL")],
    device_id: Annotated[str, typer.Option(help="Name of this device in the fleet: letters, digits and . _ -")],
    token: Annotated[
        str | None,
        typer.Option(
            help="Enrolment token. On the command line other users can see it; prefer the variable or --token-file.",
            envvar="RINGTREE_ENROLMENT_TOKEN",
            show_envvar=True,
        ),
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="File that holds the enrolment token; - is stdin.")] = None,
    ring: Annotated[str | None, typer.Option(help="Ring to join; the platform chooses if none is given.")] = None,
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    manufacturer: Annotated[str, typer.Option()] = "",
    model: Annotated[str, typer.Option()] = "",
    os_name: Annotated[str, typer.Option(help="Operating system; found out if not given.")] = "",
    site: Annotated[str, typer.Option(help="Where it stands.")] = "",
    department: Annotated[str, typer.Option()] = "",
    root: Root = DEFAULT_ROOT,
    replace: Annotated[
        bool, typer.Option("--replace", help="Enrol though the folder belongs to another device.")
    ] = False,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Accept a URL without TLS beyond this machine.")
    ] = False,
) -> None:
    """Join the fleet: exchange the enrolment token for this device's own, kept in ROOT/device.json (mode 0600)."""
    request = EnrolmentRequest(
        device_id=device_id,
        ring=ring,
        name=name or device_id,
        manufacturer=manufacturer,
        model=model,
        os_name=os_name or platform.platform(terse=True),
        site=site,
        department=department,
    )
    with clear_errors():
        _check_url(url, allow_http=allow_http)
        _check_root(root, device_id, replace=replace)
        enrolment = asyncio.run(_enrol(url, _enrolment_token(token, token_file), request))
        save_enrolment(root, enrolment)
    typer.echo(f"{device_id} is enrolled in ring {enrolment.ring}; now run `ringtree-device run --root {root}`")


async def _enrol(url: str, token: str, request: EnrolmentRequest) -> Enrolment:
    clock, backoff = SystemClock(), Backoff(cap_seconds=8.0)
    async with httpx.AsyncClient() as http:
        connection = PlatformConnection(http, clock)
        for attempt in range(1, ATTEMPTS):
            try:
                return await request_enrolment(connection, url, token, request)
            except PlatformUnavailableError as problem:
                await clock.sleep(backoff.delay_seconds(attempt, 1.0, problem.retry_after_seconds))
        return await request_enrolment(connection, url, token, request)


def _enrolment_token(token: str | None, token_file: Path | None) -> str:
    if token_file is not None:
        token = sys.stdin.read() if str(token_file) == "-" else token_file.read_text()
    if not token or not token.strip():
        raise UsageProblemError("no enrolment token: set RINGTREE_ENROLMENT_TOKEN or give --token-file")
    return token.strip()


def _check_url(url: str, *, allow_http: bool) -> None:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageProblemError(f"--url {url!r} is not a URL: {error}") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise UsageProblemError(f"--url {url!r} is not an address like https://host/path")
    if address.scheme == "http" and not allow_http and not _is_this_machine(address.host):
        raise UsageProblemError(f"--url {url!r} would send tokens unencrypted; use https, or --allow-http in a lab")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check_root(root: Path, device_id: str, *, replace: bool) -> None:
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        before = load_enrolment(root).device_id
    except NotEnrolledError:
        return
    if before != device_id and not replace:
        raise UsageProblemError(f"{root} belongs to device {before}; use another --root, or --replace to enrol anew")
