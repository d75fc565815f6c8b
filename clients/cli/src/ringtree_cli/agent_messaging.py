"""The part of the operator API that tells and asks agents, as a typed client."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ringtree_cli.decoding import decode
from ringtree_cli.message_answers import CommandAccepted, MessageAccepted, Promise
from ringtree_cli.platform_connection import PlatformConnection

REQUEST_WAIT_SECONDS = 5.0
"""How long one request waits for an answer; the platform allows 20. So a person soon has the id of the promise."""
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0
"""Between two looks at a promise."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell an agent: ``data`` as its kind lays the type out. ``lane`` None is the normal one."""

    type: str
    data: Mapping[str, Any]
    lane: str | None = None
    expires_in_seconds: float | None = None

    def document(self) -> dict[str, object]:
        """Lay the message out as a request body; what is not said is the platform's default."""
        said = {"lane": self.lane, "expires_in_seconds": self.expires_in_seconds}
        return {"type": self.type, "data": self.data} | {
            name: value for name, value in said.items() if value is not None
        }


class AgentMessaging:
    """One method per route; raises the errors of `ringtree_cli.errors`."""

    def __init__(self, connection: PlatformConnection) -> None:
        self._connection = connection

    def send(self, address: str, message: Message, key: str | None = None) -> MessageAccepted:
        """Tell an agent something; under one ``key`` the same message takes effect once within 24 hours."""
        answer = self._connection.send("POST", f"{agent_path(address)}/messages", message.document(), _keyed(key))
        return decode(MessageAccepted, answer)

    def ask(
        self, address: str, message: Message, key: str | None = None, timeout_seconds: float = REQUEST_WAIT_SECONDS
    ) -> Promise:
        """Ask an agent; the promise is open when no answer came within ``timeout_seconds`` (at most 20)."""
        body = message.document() | {"timeout_seconds": timeout_seconds}
        return decode(Promise, self._connection.send("POST", f"{agent_path(address)}/ask", body, _keyed(key)))

    def promise(self, promise_id: str) -> Promise:
        """One promise, and its outcome once there is one."""
        return decode(Promise, self._connection.get(f"/v1/promises/{quote(promise_id, safe='')}"))

    def suspend(self, address: str, reason: str) -> CommandAccepted:
        """Hold all further messages of an agent, in order, until it is resumed."""
        return self._command(address, "suspend", reason)

    def resume(self, address: str, reason: str) -> CommandAccepted:
        """Have an agent handle what was held for it, in order, and go on."""
        return self._command(address, "resume", reason)

    def reset(self, address: str, reason: str) -> CommandAccepted:
        """Have an agent begin anew, without its state."""
        return self._command(address, "reset", reason)

    def _command(self, address: str, command: str, reason: str) -> CommandAccepted:
        answer = self._connection.send("POST", f"{agent_path(address)}/{command}", {"reason": reason})
        return decode(CommandAccepted, answer)


def watch_promise(
    messaging: AgentMessaging,
    promise: Promise,
    patience_seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Promise]:
    """Look at a promise again and again until it is settled or the patience is over; gives what each look saw."""
    give_up = clock() + patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while not promise.is_settled:
        left = give_up - clock()
        if left <= 0:
            return
        sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        promise = messaging.promise(promise.promise_id)
        yield promise


def agent_path(address: str) -> str:
    """The path of an agent by its address ``kind/key``; keys may hold slashes and colons."""
    return f"/v1/agents/{quote(address, safe='/:')}"


def _keyed(key: str | None) -> dict[str, str] | None:
    return {"Idempotency-Key": key} if key else None
