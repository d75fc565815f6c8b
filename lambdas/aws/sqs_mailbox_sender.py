"""Frames of agents into the FIFO mailboxes of others."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import uuid4

from lambdas.actors.frames import Frame, Route, encode_frame, in_waves, route
from lambdas.aws.backoff import Backoff
from lambdas.aws.deduplication_ids import deduplication_id
from lambdas.aws.sqs_batches import QueueEntry, send_all


class SQSMailboxSender:
    """A MailboxSender over one FIFO queue per kind of agent: one call per queue for up to ten frames."""

    def __init__(self, client: Any, mailboxes: Mapping[str, str], backoff: Backoff | None = None) -> None:
        self._client = client
        self._mailboxes = mailboxes
        self._backoff = backoff or Backoff()

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        """Send frames in waves, and none after one of the same route that could not be sent."""
        unsent: set[int] = set()
        blocked: set[Route] = set()
        for wave in in_waves(frames):
            entries: dict[str, list[QueueEntry]] = {}
            for place in wave:
                if route(frames[place]) in blocked:
                    unsent.add(place)
                else:
                    entries.setdefault(frames[place].to.kind, []).append(_entry(place, frames[place]))
            for kind, of_kind in entries.items():
                failed = self._send_to(kind, of_kind)
                blocked.update(route(frames[place]) for place in failed)
                unsent |= failed
        return unsent

    def _send_to(self, kind: str, entries: Sequence[QueueEntry]) -> set[int]:
        queue_url = self._mailboxes.get(kind)
        if queue_url is None:
            return {entry.place for entry in entries}
        return send_all(self._client, queue_url, entries, self._backoff)


def _entry(place: int, frame: Frame) -> QueueEntry:
    return QueueEntry(place, encode_frame(frame), str(frame.to), deduplication_id(_name(frame)))


def _name(frame: Frame) -> str:
    """Name a frame so that SQS drops it when it is sent again within five minutes.

    A wake-up is never dropped: one for the same time may be asked for again, and one too many does no harm.
    """
    return frame.sender.deduplication_id if frame.sender else f"wake-up|{uuid4()}"
