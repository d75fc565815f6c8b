"""Tells agents what operators want them told."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import ClientRequest, Frame
from lambdas.actors.lanes import Lane, reachable_lane
from lambdas.actors.system_messages import Reset, Resume, Suspend
from lambdas.agents.agent_spec import AgentSpec
from lambdas.api.admission_control import admit
from lambdas.api.errors import unknown
from lambdas.api.message_reading import known_spec, read_lane, read_message
from lambdas.api.views.agent_messages import CommandAccepted, MessageAccepted, MessageRequest
from lambdas.wiring.operator_api import OperatorPorts

REQUESTS_REMEMBERED_FOR = timedelta(hours=24)
"""How long an idempotency key names one request; retries of programs and people come within a day."""

Command = Suspend | Resume | Reset

COMMAND_NAMES: dict[type[Command], str] = {Suspend: "suspend", Resume: "resume", Reset: "reset"}


def send_message(
    ports: OperatorPorts, agent: ActorId, request: MessageRequest, key: str | None, request_id: str
) -> MessageAccepted:
    """Put a message into an agent's mailbox. One told under ``key`` before, with the same content, is not told again.

    The key with another content is refused by the agent, which leaves a dead letter: only the agent knows its keys.
    """
    spec = known_spec(agent.kind)
    lane = read_lane(spec, agent, request.lane)
    message = read_message(spec, request.type, request.data)
    admit(ports, agent.kind, lane)
    now = ports.clock()
    expires = now + timedelta(seconds=request.expires_in_seconds) if request.expires_in_seconds else None
    frame = Frame(
        agent,
        (replace(message, expires=expires),),
        to_lane=lane,
        request=client_request(f"send/{key}", now) if key else None,
    )
    ports.mailbox.post(frame, f"send/{key}" if key else request_id)
    return MessageAccepted(agent=str(agent), type=request.type, lane=lane, expires_at=expires, idempotency_key=key)


def command_agent(
    ports: OperatorPorts, agent: ActorId, command: Command, reason: str, request_id: str
) -> CommandAccepted:
    """Tell the runtime of an agent what an operator wants; raises NotFoundError when it was never told anything."""
    spec = known_spec(agent.kind)
    if ports.agents.get(agent) is None:
        raise unknown("agent", str(agent), field="key", remedy=f"GET /v1/agents?kind={agent.kind} lists the agents.")
    lane = control_lane(spec)
    ports.mailbox.post(Frame(agent, (encode_message(command),), to_lane=lane), request_id)
    return CommandAccepted(agent=str(agent), command=COMMAND_NAMES[type(command)], lane=lane, reason=reason)


def control_lane(spec: AgentSpec) -> Lane:
    """Choose the lane in which commands overtake, where the kind has it."""
    return Lane(reachable_lane(Lane.CONTROL, spec.lanes))


def client_request(key: str, now: datetime) -> ClientRequest:
    """Name a request of a program to an agent. Messages, questions and replays have keys of their own."""
    return ClientRequest(key, now + REQUESTS_REMEMBERED_FOR)
