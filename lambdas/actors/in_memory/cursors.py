"""Cursors in memory."""


class InMemoryCursors:
    """A Cursors whose positions live as long as the process."""

    def __init__(self) -> None:
        self.positions: dict[str, tuple[str, int]] = {}

    def read(self, name: str) -> str | None:
        """Read a position."""
        return self.positions[name][0] if name in self.positions else None

    def advance(self, name: str, position: str, token: int) -> bool:
        """Note a position unless one with a higher token stands."""
        if name in self.positions and self.positions[name][1] > token:
            return False
        self.positions[name] = (position, token)
        return True
