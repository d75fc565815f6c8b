"""Limits of sizes, lowered while a run lasts: so small messages go the ways of large ones."""

from collections.abc import Iterator
from contextlib import contextmanager

from lambdas.actors import agent_item, closing, letters
from lambdas.observability import logger

LOWERED = (
    (closing, "FRAME_LIMIT_BYTES", 2048),
    (closing, "TIGHT_FRAME_BYTES", 512),
    (letters, "LETTER_INLINE_BYTES", 1024),
    (agent_item, "ITEM_LIMIT_BYTES", 24 * 1024),
)


@contextmanager
def lowered_limits() -> Iterator[None]:
    """Lower the limits, and keep the adapters' logger still: what fails is in the trace."""
    kept = [(module, name, getattr(module, name)) for module, name, _ in LOWERED]
    level = logger.log_level
    for module, name, limit in LOWERED:
        setattr(module, name, limit)
    logger.setLevel("CRITICAL")
    try:
        yield
    finally:
        logger.setLevel(level)
        for module, name, limit in kept:
            setattr(module, name, limit)
