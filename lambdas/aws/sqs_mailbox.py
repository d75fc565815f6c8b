"""How programs that are not agents tell agents something, through the FIFO mailboxes."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.marks import content_digest
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.aws.deduplication_ids import deduplication_id
from lambdas.aws.mailbox_queues import queue_of
from lambdas.aws.sqs_batches import QueueEntry, send_all


class UnknownMailboxError(LookupError):
    """This function was not given the mailbox of that kind of agent; only a deployment can help."""


class SQSMailbox:
    """A Mailbox over one FIFO queue per lane of a kind. ``request_id`` makes telling again harmless for five minutes.

    ``mailboxes`` are URLs by mailbox name: ``device``, ``device.control``.
    """

    def __init__(self, client: Any, mailboxes: Mapping[str, str], backoff: Backoff | None = None) -> None:
        self._client = client
        self._mailboxes = mailboxes
        self._backoff = backoff or Backoff()

    def tell(self, to: ActorId, message: Any, request_id: str) -> None:
        """Put a message into one agent's mailbox."""
        self.tell_all([(to, message)], request_id)

    def tell_all(self, messages: Sequence[tuple[ActorId, Any]], request_id: str) -> None:
        """Put messages into the mailboxes of their agents, up to ten in a call; messages to one agent stay in order."""
        entries: dict[str, list[QueueEntry]] = {}
        for frame in _frames(messages):
            of_queue = entries.setdefault(self._queue_of(frame), [])
            name = deduplication_id(f"{request_id}|{frame.to}")
            of_queue.append(QueueEntry(len(of_queue), encode_frame(frame), str(frame.to), name))
        for queue_url, of_queue in entries.items():
            self._send(queue_url, of_queue)

    def post(self, frame: Frame, request_id: str) -> None:
        """Put a frame into its lane. Other content under the same ``request_id`` reaches the agent, which judges it."""
        entry = QueueEntry(0, encode_frame(frame), str(frame.to), post_name(frame, request_id))
        self._send(self._queue_of(frame), [entry])

    def _send(self, queue_url: str, entries: Sequence[QueueEntry]) -> None:
        unsent = send_all(self._client, queue_url, entries, self._backoff)
        if unsent:
            raise PortUnavailableError(
                f"mailbox {queue_url} did not take {len(unsent)} of {len(entries)} messages; tell them again"
            )

    def _queue_of(self, frame: Frame) -> str:
        queue_url = queue_of(self._mailboxes, frame.to, frame.to_lane)
        if queue_url is None:
            known = ", ".join(sorted(self._mailboxes))
            raise UnknownMailboxError(f"no mailbox is known for agent kind {frame.to.kind!r}; known are: {known}")
        return queue_url


def post_name(frame: Frame, request_id: str) -> str:
    """Name what is posted. The content is part of it: SQS must not take another question for a repeat and drop it."""
    parts = json.dumps([request_id, str(frame.to), content_digest(frame)])
    return sha256(parts.encode()).hexdigest()


def _frames(messages: Sequence[tuple[ActorId, Any]]) -> list[Frame]:
    """Make one frame per agent, so that a batch taken in part cannot change the order of its messages."""
    told: dict[ActorId, list[Any]] = {}
    for to, message in messages:
        told.setdefault(to, []).append(encode_message(message))
    return [Frame(to, tuple(encoded)) for to, encoded in told.items()]
