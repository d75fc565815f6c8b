"""Committed agents as outsiders see them."""

from lambdas.actors.agent_item import AgentItem, from_item
from lambdas.actors.ports import AgentSnapshot


def snapshot(item: AgentItem) -> AgentSnapshot:
    """Read an item for outsiders; raises ItemFormatError when it is not an agent's."""
    record = from_item(item)
    return AgentSnapshot(
        agent=record.agent,
        version=record.version,
        state=record.state or "",
        listed=record.listed,
        status=str(record.status),
        status_reason=record.status_reason,
        incarnation=record.incarnation,
        waiting=record.holding.held - record.holding.replayed,
    )
