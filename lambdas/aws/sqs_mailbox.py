"""How programs that are not agents tell agents something, through the FIFO mailboxes."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.aws.deduplication_ids import deduplication_id
from lambdas.aws.sqs_batches import QueueEntry, send_all


class UnknownMailboxError(LookupError):
    """This function was not given the mailbox of that kind of agent; only a deployment can help."""


class SQSMailbox:
    """A Mailbox over one FIFO queue per kind of agent. ``request_id`` makes telling again harmless for five minutes."""

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
            of_queue = entries.setdefault(self._queue_of(frame.to), [])
            name = deduplication_id(f"{request_id}|{frame.to}")
            of_queue.append(QueueEntry(len(of_queue), encode_frame(frame), str(frame.to), name))
        for queue_url, of_queue in entries.items():
            unsent = send_all(self._client, queue_url, of_queue, self._backoff)
            if unsent:
                raise PortUnavailableError(
                    f"mailbox {queue_url} did not take {len(unsent)} of {len(of_queue)} messages; tell them again"
                )

    def _queue_of(self, to: ActorId) -> str:
        if to.kind not in self._mailboxes:
            known = ", ".join(sorted(self._mailboxes))
            raise UnknownMailboxError(f"no mailbox is known for agent kind {to.kind!r}; known are: {known}")
        return self._mailboxes[to.kind]


def _frames(messages: Sequence[tuple[ActorId, Any]]) -> list[Frame]:
    """Make one frame per agent, so that a batch taken in part cannot change the order of its messages."""
    told: dict[ActorId, list[Any]] = {}
    for to, message in messages:
        told.setdefault(to, []).append(encode_message(message))
    return [Frame(to, tuple(encoded)) for to, encoded in told.items()]
