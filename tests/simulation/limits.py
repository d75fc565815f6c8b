"""Limits of sizes, lowered while a run lasts: so small messages go the ways of large ones."""

from collections.abc import Iterator
from contextlib import contextmanager

from lambdas.actors import closing, letters
from lambdas.observability import logger

FRAME_LIMIT_BYTES = 2048
LETTER_INLINE_BYTES = 1024


@contextmanager
def lowered_limits() -> Iterator[None]:
    """Lower the limits, and keep the adapters' logger still: what fails is in the trace."""
    frame_limit, inline, level = closing.FRAME_LIMIT_BYTES, letters.LETTER_INLINE_BYTES, logger.log_level
    closing.FRAME_LIMIT_BYTES, letters.LETTER_INLINE_BYTES = FRAME_LIMIT_BYTES, LETTER_INLINE_BYTES
    logger.setLevel("CRITICAL")
    try:
        yield
    finally:
        closing.FRAME_LIMIT_BYTES, letters.LETTER_INLINE_BYTES = frame_limit, inline
        logger.setLevel(level)
