"""The queues of mailboxes: one FIFO queue per lane of a kind of agent."""

from collections.abc import Mapping

from lambdas.actors.actor_id import ActorId
from lambdas.actors.lanes import NORMAL_LANE, mailbox_name


def queue_of(mailboxes: Mapping[str, str], to: ActorId, lane: str) -> str | None:
    """Give the URL of a lane's queue, or of the normal one when the kind has no such lane; None for unknown kinds."""
    return mailboxes.get(mailbox_name(to.kind, lane)) or mailboxes.get(mailbox_name(to.kind, NORMAL_LANE))
