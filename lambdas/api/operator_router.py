"""Routes of the operator API, and what they know of the request they serve."""

from typing import cast

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from lambdas.actors.actor_id import ActorId
from lambdas.api.authentication import principal_of
from lambdas.wiring.operator_api import OperatorPorts


class OperatorRouter(APIGatewayHttpRouter):
    """The routes of one resource."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def ports(self) -> OperatorPorts:
        """What the route works with."""
        return cast("OperatorPorts", self.context["ports"])

    def agent(self, kind: str, action: str = "") -> ActorId:
        """Read the agent that the path names; its key is the rest of the path before ``/action``, slashes included.

        Raises ActorIdError for a key that no agent can bear.
        """
        key = self.current_event.path.partition(f"/v1/agents/{kind}/")[2]
        return ActorId(kind, key.removesuffix(f"/{action}") if action else key)

    @property
    def principal(self) -> str:
        """Who makes the request."""
        return principal_of(self.current_event.raw_event)

    @property
    def request_id(self) -> str:
        """The id that API Gateway gave the request."""
        return self.current_event.request_context.request_id
