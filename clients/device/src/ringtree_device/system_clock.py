"""The machine's own time."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """A Clock that tells the truth."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
