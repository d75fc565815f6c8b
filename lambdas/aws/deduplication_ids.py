"""Ids by which SQS drops what it was given before."""

from hashlib import sha256

ID_LIMIT = 128
"""Characters that SQS takes."""


def deduplication_id(name: str) -> str:
    """Make an id of a name; long names and such with unusual characters are told apart by their digest."""
    if len(name) <= ID_LIMIT and name.isascii() and name.isprintable() and " " not in name:
        return name
    return sha256(name.encode()).hexdigest()
