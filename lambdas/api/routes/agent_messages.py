"""What agents can be told and asked, and how their runtime is commanded."""

from aws_lambda_powertools.event_handler.api_gateway import Response

from lambdas.actors.system_messages import Reset, Resume, Suspend
from lambdas.api.agent_messages import Command, command_agent, send_message
from lambdas.api.agent_questions import ask_agent
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.promise_reading import promise_view
from lambdas.api.views.agent_messages import (
    AskRequest,
    CommandAccepted,
    CommandOrder,
    IdempotencyKey,
    MessageAccepted,
    MessageRequest,
)
from lambdas.api.views.promises import PromiseView

router = OperatorRouter()

TAGS = ["agents"]


@router.post("/v1/agents/<kind>/.+/messages", tags=TAGS, summary="Tell an agent something", status_code=202)
def post_message(kind: str, request: MessageRequest, idempotency_key: IdempotencyKey = None) -> MessageAccepted:
    """Put a message into the agent's mailbox; an agent that was never told anything begins with it."""
    agent = router.agent(kind, "messages")
    return send_message(router.ports, agent, request, idempotency_key, router.request_id)


@router.post("/v1/agents/<kind>/.+/ask", tags=TAGS, summary="Ask an agent")
def post_question(kind: str, request: AskRequest, idempotency_key: IdempotencyKey = None) -> Response[PromiseView]:
    """Answer with the outcome, or with 202 and the place of the promise when it is still open after the timeout."""
    agent = router.agent(kind, "ask")
    promise = ask_agent(router.ports, agent, request, idempotency_key, router.request_id)
    headers = {"Location": f"/v1/promises/{promise.promise_id}"}
    status = 202 if promise.answer is None else 200
    return Response(status, content_type="application/json", body=promise_view(promise), headers=headers)


@router.post("/v1/agents/<kind>/.+/suspend", tags=TAGS, summary="Suspend an agent", status_code=202)
def suspend_agent(kind: str, order: CommandOrder) -> CommandAccepted:
    """Hold all further messages of the agent, in order, until it is resumed."""
    return _commanded(kind, "suspend", Suspend(_told(order)), order)


@router.post("/v1/agents/<kind>/.+/resume", tags=TAGS, summary="Resume an agent", status_code=202)
def resume_agent(kind: str, order: CommandOrder) -> CommandAccepted:
    """Have a suspended or stopped agent handle what was held for it, in order, and then go on."""
    return _commanded(kind, "resume", Resume(_told(order)), order)


@router.post("/v1/agents/<kind>/.+/reset", tags=TAGS, summary="Reset an agent", status_code=202)
def reset_agent(kind: str, order: CommandOrder) -> CommandAccepted:
    """Have the agent begin anew: it forgets its state, reminders and open questions."""
    return _commanded(kind, "reset", Reset(_told(order)), order)


def _commanded(kind: str, action: str, command: Command, order: CommandOrder) -> CommandAccepted:
    return command_agent(router.ports, router.agent(kind, action), command, order.reason, router.request_id)


def _told(order: CommandOrder) -> str:
    """Say who commands and why, as the agent remembers it."""
    return f"{router.principal}: {order.reason}"
