"""What agents are told and asked by operators."""

from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header
from pydantic import AfterValidator, Field, StringConstraints

from lambdas.actors.lanes import Lane
from lambdas.api.views.fields import Request, View

MESSAGE_EXPIRY_LIMIT_SECONDS = 14 * 86_400
"""A mailbox keeps a message for 14 days."""
ASK_EXPIRY_LIMIT_SECONDS = 86_400
ASK_EXPIRY_SECONDS = 300
WAIT_LIMIT_SECONDS = 20
"""API Gateway gives an answer 30 s, the function 29 s; the rest is for all that is done besides waiting."""
WAIT_SECONDS = 10
COMMAND_REASON_LIMIT = 500
IDEMPOTENCY_KEY_LIMIT = 128


def _is_visible_ascii(key: str) -> str:
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_LIMIT or not all("!" <= character <= "~" for character in key):
        raise ValueError(f"must be 1 to {IDEMPOTENCY_KEY_LIMIT} visible ASCII characters, it has {len(key)}")
    return key


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Names the request to this agent for 24 h: the same request again takes effect once.",
    ),
    AfterValidator(lambda key: None if key is None else _is_visible_ascii(key)),
]


class MessageRequest(Request):
    """Something for an agent to do or to know. ``docs`` of its kind say which types it understands."""

    type: Annotated[str, Field(min_length=1, max_length=100)]
    data: dict[str, Any] = Field(default_factory=dict)
    lane: Lane | None = None
    """One of the lanes of its kind; without it, the normal one."""
    expires_in_seconds: Annotated[float, Field(strict=True, gt=0, le=MESSAGE_EXPIRY_LIMIT_SECONDS)] | None = None
    """From then on the message is dropped instead of handled."""


class AskRequest(Request):
    """A question for an agent. It is any message that the agent understands; what it answers depends on its kind."""

    type: Annotated[str, Field(min_length=1, max_length=100)]
    data: dict[str, Any] = Field(default_factory=dict)
    lane: Lane | None = None
    timeout_seconds: Annotated[float, Field(strict=True, ge=0, le=WAIT_LIMIT_SECONDS)] = WAIT_SECONDS
    """How long this request waits for the answer; afterwards the promise is to be read."""
    expires_in_seconds: Annotated[float, Field(strict=True, gt=0, le=ASK_EXPIRY_LIMIT_SECONDS)] = ASK_EXPIRY_SECONDS
    """How long the agent has for its answer; then the promise is timed out, for ever."""


class CommandOrder(Request):
    """A command to the runtime of an agent, and why it is given."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=COMMAND_REASON_LIMIT)]


class MessageAccepted(View):
    """A message that is in the agent's mailbox."""

    agent: str
    type: str
    lane: Lane
    expires_at: datetime | None
    idempotency_key: str | None


class CommandAccepted(View):
    """A command that is in the agent's mailbox."""

    agent: str
    command: str
    lane: Lane
    reason: str
