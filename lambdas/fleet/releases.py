"""What is shipped: releases."""

import re
from dataclasses import dataclass

VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}")
SHA256 = re.compile(r"[0-9a-f]{64}")
ARTIFACT_LIMIT_BYTES = 5 * 1024**3
"""S3 takes at most 5 GiB in one PUT."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the software and the archive that carries it."""

    version: str
    size_bytes: int
    sha256: str
    """SHA-256 of the archive, 64 lower-case hexadecimal digits."""
