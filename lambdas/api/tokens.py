"""Tokens of operators and devices. Every comparison takes the same time whatever it compares."""

import base64
import hashlib
import hmac

DEVICE_TOKEN_PREFIX = "rtd1"  # noqa: S105 - it names the kind and version of the token, it is none


def is_same_token(shown: str, expected: str) -> bool:
    """Whether a token that was shown is the expected one; an empty one never is."""
    return bool(expected) and hmac.compare_digest(_octets(shown), _octets(expected))


def device_token(device_id: str, key: str) -> str:
    """Make the token of a device: ``rtd1.<device id>.<signature>``, verified without a lookup."""
    signed = f"{DEVICE_TOKEN_PREFIX}.{device_id}"
    digest = hmac.digest(key.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def device_of_token(token: str, key: str) -> str | None:
    """Name the device that a token was made for; none when this key did not make it."""
    prefix, _, rest = token.partition(".")
    device_id, _, _signature = rest.rpartition(".")
    if prefix != DEVICE_TOKEN_PREFIX or not device_id:
        return None
    return device_id if is_same_token(token, device_token(device_id, key)) else None


def _octets(token: str) -> bytes:
    return token.encode(errors="backslashreplace")
