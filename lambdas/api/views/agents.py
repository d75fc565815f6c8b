"""Agents as operators see them."""

from typing import Any

from lambdas.api.views.fields import View


class AgentView(View):
    """One agent as last committed."""

    agent: str
    version: int
    state: dict[str, Any]
    status: str
    """running, suspended, resuming or stopped."""
    status_reason: str
    """Why it is suspended or stopped; empty while it runs."""
    incarnation: int
    """Rises each time the agent begins anew."""
    waiting: int
    """Messages that are held for it in order until it is resumed."""


class AgentListingView(View):
    """An agent as a list shows it."""

    agent: str
    listed: dict[str, str]


class AgentPageView(View):
    """Some agents; no cursor means that these were the last."""

    agents: list[AgentListingView]
    cursor: str | None
