"""Agents as operators see them."""

from typing import Any

from lambdas.api.views.fields import View


class AgentView(View):
    """One agent as last committed."""

    agent: str
    version: int
    state: dict[str, Any]


class AgentListingView(View):
    """An agent as a list shows it."""

    agent: str
    listed: dict[str, str]


class AgentPageView(View):
    """Some agents; no cursor means that these were the last."""

    agents: list[AgentListingView]
    cursor: str | None
