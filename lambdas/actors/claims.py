"""Claim checks: what is too large to travel in a message or an item, kept elsewhere under its own digest."""

from dataclasses import dataclass
from hashlib import sha256


class ClaimError(ValueError):
    """What a claim names is gone or was altered; a retry cannot help."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Names bytes by their SHA-256, so that they can be written again without harm and cannot change unseen."""

    sha256: str
    size_bytes: int


def claim_of(content: bytes) -> Claim:
    """Name a content."""
    return Claim(sha256(content).hexdigest(), len(content))


def checked(claim: Claim, content: bytes | None) -> bytes:
    """Give the content of a claim; raises ClaimError when it is gone or not what was named."""
    if content is None:
        raise ClaimError(f"content {claim.sha256} ({claim.size_bytes} bytes) is gone; its sender must send it again")
    if claim_of(content) != claim:
        raise ClaimError(
            f"content {claim.sha256} was altered: it has {len(content)} bytes and digest {claim_of(content).sha256},"
            f" {claim.size_bytes} bytes were named; its sender must send it again"
        )
    return content
