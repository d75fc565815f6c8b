"""The address of an agent."""

import re
from dataclasses import dataclass
from functools import lru_cache

ADDRESS_LIMIT = 128
"""Characters of an address: it is the SQS ``MessageGroupId``, which holds at most 128."""

_KIND = re.compile(r"[a-z][a-z0-9_]*")
_KEY = re.compile(r"[A-Za-z0-9._:/-]+")


class ActorIdError(ValueError):
    """An address breaks the rule ``kind/key``; sending it again cannot help."""


@dataclass(frozen=True, slots=True, order=True)
class ActorId:
    """One agent: its kind and its key. The text form is ``kind/key``, for example ``device/laptop-17``."""

    kind: str
    key: str

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ActorIdError(f"agent kind {self.kind!r} must be a lower-case word such as 'device'")
        if not _KEY.fullmatch(self.key):
            raise ActorIdError(f"agent key {self.key!r} may hold letters, digits and . _ : / - only")
        if len(self.kind) + 1 + len(self.key) > ADDRESS_LIMIT:
            raise ActorIdError(f"agent address {self} is longer than {ADDRESS_LIMIT} characters")

    @classmethod
    def parse(cls, text: str) -> "ActorId":
        """Read the text form; raises ActorIdError when it is not ``kind/key``."""
        return _parsed(text)

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ActorId:
    """Read an address; a turn meets the same few again and again."""
    kind, _, key = text.partition("/")
    return ActorId(kind, key)
