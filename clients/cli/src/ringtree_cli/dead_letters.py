"""The part of the operator API that shows messages which agents could not handle, as a typed client."""

from urllib.parse import quote

from ringtree_cli.decoding import decode
from ringtree_cli.message_answers import Letter, LetterPage
from ringtree_cli.platform_connection import PlatformConnection

PAGE_SIZE = 100


class DeadLetters:
    """One method per route; raises the errors of `ringtree_cli.errors`."""

    def __init__(self, connection: PlatformConnection) -> None:
        self._connection = connection

    def page(self, agent: str | None = None, limit: int = PAGE_SIZE, cursor: str | None = None) -> LetterPage:
        """Some open letters, of one agent or of all."""
        query = {"agent": agent, "limit": limit, "cursor": cursor}
        return decode(LetterPage, self._connection.get("/v1/dead-letters", query))

    def letter(self, address: str) -> Letter:
        """One letter with what it holds."""
        return decode(Letter, self._connection.get(_path(address)))

    def replay(self, address: str, reason: str) -> Letter:
        """Send a parked letter to its agent again; the agent takes it once, however often this is asked."""
        return self._decide(address, "replay", reason)

    def drop(self, address: str, reason: str) -> Letter:
        """Give a letter up."""
        return self._decide(address, "drop", reason)

    def _decide(self, address: str, decision: str, reason: str) -> Letter:
        return decode(Letter, self._connection.send("POST", f"{_path(address)}/{decision}", {"reason": reason}))


def _path(address: str) -> str:
    return f"/v1/dead-letters/{quote(address, safe='')}"
