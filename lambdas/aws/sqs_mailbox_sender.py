"""Frames of agents into the FIFO mailboxes of others."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import uuid4

from lambdas.actors.frames import Frame, Route, encode_frame, in_waves, route
from lambdas.aws.backoff import Backoff
from lambdas.aws.deduplication_ids import deduplication_id
from lambdas.aws.mailbox_queues import queue_of
from lambdas.aws.sqs_batches import QueueEntry, send_all
from lambdas.observability import logger

ONCE = Backoff(tries=1)


class SQSMailboxSender:
    """A MailboxSender over one FIFO queue per lane of a kind: one call per queue for up to ten frames.

    ``mailboxes`` are URLs by mailbox name: ``device``, ``device.control``.
    """

    def __init__(self, client: Any, mailboxes: Mapping[str, str], backoff: Backoff | None = None) -> None:
        self._client = client
        self._mailboxes = mailboxes
        self._backoff = backoff or Backoff()

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        """Send frames in waves, and none after one of the same route that could not be sent."""
        unsent: set[int] = set()
        blocked: set[Route] = set()
        for wave in in_waves(frames):
            held_back = {place for place in wave if route(frames[place]) in blocked}
            failed = held_back | self._send(frames, [place for place in wave if place not in held_back], self._backoff)
            blocked.update(route(frames[place]) for place in failed)
            unsent |= failed
        return unsent

    def send_at_most_once(self, frames: Sequence[Frame]) -> None:
        """Send frames in one try."""
        lost = self._send(frames, range(len(frames)), ONCE)
        if lost:
            logger.warning("frames were lost that are sent at most once", extra={"frames": len(lost)})

    def _send(self, frames: Sequence[Frame], places: Collection[int], backoff: Backoff) -> set[int]:
        """Send some of the frames, queue by queue; answer the places of those that were not taken."""
        unsent: set[int] = set()
        entries: dict[str, list[QueueEntry]] = {}
        for place in places:
            queue_url = queue_of(self._mailboxes, frames[place].to, frames[place].to_lane)
            if queue_url is None:
                unsent.add(place)
            else:
                entries.setdefault(queue_url, []).append(_entry(place, frames[place]))
        for queue_url, of_queue in entries.items():
            unsent |= send_all(self._client, queue_url, of_queue, backoff)
        return unsent


def _entry(place: int, frame: Frame) -> QueueEntry:
    return QueueEntry(place, encode_frame(frame), str(frame.to), deduplication_id(_name(frame)))


def _name(frame: Frame) -> str:
    """Name a frame so that SQS drops it when it is sent again within five minutes.

    A wake-up and a held message that is brought back are never dropped: they may be asked for again, and one too many
    does no harm.
    """
    if frame.sender is None or frame.replays is not None:
        return f"unnamed|{uuid4()}"
    return frame.sender.deduplication_id
