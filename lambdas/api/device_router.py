"""Routes of the device API, and what they know of the request they serve."""

from typing import cast

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from lambdas.api.authentication import bearer_token, device_of
from lambdas.api.errors import ForbiddenError, UnauthorizedError
from lambdas.wiring.device_api import DevicePorts


class DeviceRouter(APIGatewayHttpRouter):
    """The routes of devices."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def ports(self) -> DevicePorts:
        """What the route works with."""
        return cast("DevicePorts", self.context["ports"])

    @property
    def request_id(self) -> str:
        """The id that API Gateway gave the request."""
        return self.current_event.request_context.request_id

    @property
    def shown_token(self) -> str:
        """The token that the request shows; only enrolment looks at it, no authorizer stands before it."""
        return bearer_token(self.current_event.raw_event)

    def speaking_device(self, claimed: str | None = None) -> str:
        """Name the device whose token the request bears; raises ForbiddenError when it claims to be another."""
        device_id = device_of(self.current_event.raw_event)
        if not device_id:
            raise UnauthorizedError(
                "no_device", "the request bears no device's token", remedy="Enrol, and send the token that you get."
            )
        if claimed is not None and claimed != device_id:
            raise ForbiddenError(
                "other_device",
                f"the token is {device_id!r}'s, the request speaks for {claimed!r}",
                field="device_id",
                remedy="A device speaks for itself only: use its own token.",
            )
        return device_id
