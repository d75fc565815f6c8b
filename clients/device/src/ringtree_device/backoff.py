"""How long to wait before trying again."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from ringtree_device.platform_errors import PlatformUnavailableError, TokenRefusedError
from ringtree_device.ports import Clock
from ringtree_device.work import UnexpectedAnswerError

logger = logging.getLogger(__name__)

T = TypeVar("T")
RETRIED: tuple[type[Exception], ...] = (PlatformUnavailableError, TokenRefusedError, UnexpectedAnswerError)
"""For an enrolled device; a token may be refused by mistake, and a device nobody stands next to must not give up."""
LONGEST_RETRY_AFTER_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, with full jitter: a fleet that lost its platform does not come back all at once."""

    first_seconds: float = 1.0
    cap_seconds: float = 60.0

    def delay_seconds(self, failures: int, draw: float, retry_after_seconds: float | None = None) -> float:
        """Wait after this many failures in a row; ``draw`` is 0..1. A Retry-After of the platform is a lower bound."""
        ceiling = min(self.cap_seconds, self.first_seconds * 2.0 ** min(failures - 1, 30))
        asked = min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS)
        return asked + draw * (self.first_seconds if asked else ceiling)


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits and tries again, with the clock and the randomness of one device."""

    clock: Clock
    random: Random
    backoff: Backoff = Backoff()

    async def wait(self, failures: int, retry_after_seconds: float | None = None) -> None:
        """Wait as long as the backoff says after this many failures in a row."""
        await self.clock.sleep(self.backoff.delay_seconds(failures, self.random.random(), retry_after_seconds))

    async def until_answered(
        self, request: Callable[[], Awaitable[T]], retried: tuple[type[Exception], ...] = RETRIED
    ) -> T:
        """Make a request until the platform answers it. Raises RequestRefusedError when the answer is a refusal."""
        failures = 0
        while True:
            try:
                return await request()
            except retried as problem:
                failures += 1
                logger.warning("%s; trying again", problem)
                await self.wait(failures, retry_after_of(problem))


def retry_after_of(problem: Exception) -> float | None:
    """Seconds the platform asked to wait, if it did."""
    return problem.retry_after_seconds if isinstance(problem, PlatformUnavailableError) else None
