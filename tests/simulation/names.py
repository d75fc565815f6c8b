"""Names of what is on its way: messages by the ``uid`` they carry, all else by its content."""

import re
from typing import Any

import msgspec

from lambdas.actors.codec import EncodedMessage

UID = re.compile(r'\\*"uid\\*": ?\\*"([^"\\]+)')


def uids_of(text: str) -> list[str]:
    """Name the messages in a text: a list of messages, or a frame as it came."""
    return UID.findall(text)


def uid_of(message: EncodedMessage) -> str:
    """Name a message; system messages have no name of their own."""
    if message.type.startswith("$"):
        return ""
    return uid_in(message.data)


def uid_in(data: msgspec.Raw) -> str:
    """Name the message with this content; empty when it has no name."""
    found = UID.search(bytes(data).decode())
    return found.group(1) if found else ""


def name_of(entry: Any) -> bytes:
    """Tell what leaves from all else that leaves."""
    return type(entry).__name__.encode() + msgspec.json.encode(entry)


def entries_of(outbox: Any) -> list[Any]:
    """List what an outbox lets out, but for frames and windows of held messages."""
    return [
        *outbox.evicted,
        *outbox.letters,
        *outbox.wake_ups,
        *outbox.events,
        *outbox.calls,
        *outbox.promises,
        *outbox.answers,
        *outbox.settled,
    ]
