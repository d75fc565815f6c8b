"""The product's function, with a sender that can be told when to die. Packaged with the functions."""

import os
import signal
from collections.abc import Collection, Sequence
from pathlib import Path

from lambdas.actors.frames import Frame
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.entrypoints import agent
from lambdas.wiring import agent as wiring

BEFORE, HALFWAY, AFTER = "before", "halfway", "after"
ORDERS = Path(os.environ.get("DEATH_ORDERS", "/nonexistent"))
"""A folder; a file in it named after an instant is an order, and the first worker that reads it obeys."""


class MortalSender(SQSMailboxSender):
    """Sends frames, unless it is killed before, halfway or after."""

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        _die_if_told(BEFORE)
        if _is_told(HALFWAY):
            super().send(frames[: len(frames) // 2])
            _die_if_told(HALFWAY)
        sent = super().send(frames)
        _die_if_told(AFTER)
        return sent


def _is_told(instant: str) -> bool:
    return (ORDERS / instant).exists()


def _die_if_told(instant: str) -> None:
    try:
        (ORDERS / instant).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


wiring.SQSMailboxSender = MortalSender  # type: ignore[misc]
handler = agent.handler
