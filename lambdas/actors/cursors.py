"""How far work has come that goes on from run to run."""

from typing import Protocol


class Cursors(Protocol):
    """Keeps positions by name. Both methods raise PortUnavailableError."""

    def read(self, name: str) -> str | None:
        """Read a position; None when nobody has noted one."""

    def advance(self, name: str, position: str, token: int) -> bool:
        """Note a position under a lease's token; false, with nothing changed, when one with a higher token did."""
