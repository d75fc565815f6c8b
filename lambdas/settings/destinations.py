"""Destinations outside: where calls of agents go, and what may be one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OUR_HEADERS = frozenset({"connection", "content-length", "content-type", "host", "idempotency-key", "user-agent"})
_PRINTABLE = re.compile(r"[!-~]+")
_SECRET = re.compile(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}")


class DestinationError(ValueError):
    """A destination breaks a rule; correct the context ``destinations`` of the deployment."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One address outside. With ``header`` each call carries the text of a secret under that name."""

    url: str
    header: str = ""
    secret: str = ""
    """ARN of the secret in Secrets Manager."""


def check_destination(name: str, destination: Destination, *, allows_loopback: bool) -> None:
    """Raise DestinationError when a destination breaks a rule.

    Calls leave over HTTPS. Plain HTTP is allowed to a loopback address only, and only where ``allows_loopback``.
    """
    if not _NAME.fullmatch(name):
        raise DestinationError(f"destination {name!r} must be a lower-case word of at most 63 characters, as in 'erp'")
    _check_url(name, destination.url, allows_loopback=allows_loopback)
    _check_secret(name, destination)


def read_destinations(given: Any) -> dict[str, Destination]:
    """Read destinations from JSON: by name a URL, or an object of url, header, secret; raises DestinationError."""
    try:
        found = msgspec.convert(given, dict[str, str | Destination])
    except msgspec.ValidationError as error:
        raise DestinationError(
            f"destinations must be an object of URLs or of objects with url, header and secret by name: {error}"
        ) from error
    return {name: Destination(entry) if isinstance(entry, str) else entry for name, entry in found.items()}


def write_destinations(destinations: Mapping[str, Destination]) -> str:
    """Write destinations as JSON so that ``read_destinations`` reads them again."""
    return msgspec.json.encode(dict(destinations), order="sorted").decode()


def _check_url(name: str, url: str, *, allows_loopback: bool) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise DestinationError(f"destination {name!r} has no address: {url!r}: {error}") from error
    if not host or parts.username is not None or parts.fragment or not _PRINTABLE.fullmatch(url):
        raise DestinationError(
            f"destination {name!r} has {url!r}, must be https://host/path without user, password or fragment"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and allows_loopback and _is_loopback(host)):
        return
    raise DestinationError(f"destination {name!r} has {url!r}, must begin with https://")


def _check_secret(name: str, destination: Destination) -> None:
    header, secret = destination.header, destination.secret
    if bool(header) != bool(secret):
        raise DestinationError(f"destination {name!r} must have both header and secret, or neither")
    if header and (not _HEADER.fullmatch(header) or header.lower() in _OUR_HEADERS):
        raise DestinationError(f"destination {name!r} has header {header!r}, which is no free name of a header")
    if secret and not _SECRET.fullmatch(secret):
        raise DestinationError(
            f"destination {name!r} has secret {secret!r}, must be its whole ARN, six characters of AWS's own last"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
