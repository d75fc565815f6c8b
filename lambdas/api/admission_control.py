"""Holds programs back before a mailbox is so full that agents would wait for it."""

from collections.abc import Mapping

from lambdas.actors.admission import SINGLE_AGENT_LIMIT, Admission, BacklogLimit, Overloaded
from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.actors.ports import PortUnavailableError
from lambdas.api.errors import OverloadedError
from lambdas.observability import logger
from lambdas.wiring.operator_api import OperatorPorts

LIMITS: Mapping[str, BacklogLimit] = {"task_scheduler": SINGLE_AGENT_LIMIT}
"""All tasks go through one scheduler; the other kinds have an agent for each device, batch, ring or deployment."""

ADMISSION = Admission(LIMITS)


def admit(ports: OperatorPorts, kind: str, lane: Lane = Lane.NORMAL) -> None:
    """Raise OverloadedError when the mailbox is full enough; a command to an agent is never refused.

    When SQS does not say how much waits the request goes on: the send that follows shows whether SQS works.
    """
    if lane is Lane.CONTROL:
        return
    try:
        backlog = ports.depths.depth(kind, lane)
    except PortUnavailableError as error:
        logger.warning("the depth of a mailbox is not known", extra={"kind": kind, "lane": lane, "error": str(error)})
        return
    decision = ADMISSION.decide(kind, lane, backlog)
    if isinstance(decision, Overloaded):
        raise OverloadedError(
            f"mailbox {mailbox_name(kind, lane)!r} has a backlog of {decision.backlog} messages,"
            f" {decision.limit} are let in",
            retry_after_seconds=decision.retry_after_seconds,
        )
