"""Asks agents for programs: the answer keeps a promise, for which the program waits a little and may read later."""

import hashlib
import json
import re
from datetime import timedelta

from msgspec.structs import replace

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.frames import Frame
from lambdas.actors.lanes import Lane
from lambdas.actors.ports import PromiseRecord, PromiseReusedError
from lambdas.actors.reply_to import ReplyTo
from lambdas.api.admission_control import admit
from lambdas.api.agent_messages import client_request
from lambdas.api.errors import ConflictError, unknown
from lambdas.api.message_reading import known_spec, read_lane, read_message
from lambdas.api.views.agent_messages import AskRequest
from lambdas.wiring.operator_api import OperatorPorts

FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.2
"""Between two looks at a promise: an idle agent answers within some tens of milliseconds."""

_PROMISE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def ask_agent(
    ports: OperatorPorts, agent: ActorId, request: AskRequest, key: str | None, request_id: str
) -> PromiseRecord:
    """Ask an agent and wait for the answer as long as the request says; the promise may be open afterwards.

    The same question under the same ``key`` is one promise: a crash between making it and asking is healed by the
    request made again. Raises ConflictError when the key stands for another question.
    """
    spec = known_spec(agent.kind)
    lane = read_lane(spec, agent, request.lane)
    message = read_message(spec, request.type, request.data)
    now = ports.clock()
    wanted = PromiseRecord(
        promise_id=_promise_id(agent, key) if key else f"{ports.new_id()}{ports.new_id()}",
        agent=str(agent),
        message_type=request.type,
        deadline=now + timedelta(seconds=request.expires_in_seconds),
    )
    standing = ports.promises.get(wanted.promise_id, now) if key else None
    if standing is None:
        admit(ports, agent.kind, lane)
    promise = _make(ports, wanted, _digest(message, lane, request.expires_in_seconds), key)
    if promise.answer is None:
        question = replace(message, reply_to=str(ReplyTo.promise(promise.promise_id)), expires=promise.deadline)
        known_as = client_request(f"ask/{key}", now) if key else None
        ports.mailbox.post(
            Frame(agent, (question,), to_lane=lane, request=known_as), f"ask/{key}" if key else request_id
        )
        promise = wait_for_promise(ports, promise, timedelta(seconds=request.timeout_seconds))
    return promise


def read_promise(ports: OperatorPorts, promise_id: str) -> PromiseRecord:
    """Read a promise; raises NotFoundError when there is none, or none any more."""
    can_be_one = _PROMISE_ID.fullmatch(promise_id)
    promise = ports.promises.get(promise_id, ports.clock()) if can_be_one else None
    if promise is None:
        remedy = "A promise can be read until a day after its deadline; POST /v1/agents/{kind}/{key}/ask makes one."
        raise unknown("promise", promise_id, field="promise_id", remedy=remedy)
    return promise


def wait_for_promise(ports: OperatorPorts, promise: PromiseRecord, patience: timedelta) -> PromiseRecord:
    """Read a promise until it is settled or the patience is over."""
    give_up = ports.clock() + patience
    pause = FIRST_PAUSE_SECONDS
    while True:
        now = ports.clock()
        seen = ports.promises.get(promise.promise_id, now) or promise
        left = (give_up - now).total_seconds()
        if seen.answer is not None or left <= 0:
            return seen
        ports.wait(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _make(ports: OperatorPorts, wanted: PromiseRecord, digest: str, key: str | None) -> PromiseRecord:
    """Make the promise, or find the one that the same question made before."""
    try:
        if ports.promises.make(wanted, digest):
            return wanted
    except PromiseReusedError as error:
        raise ConflictError(
            "idempotency_key_reused",
            f"idempotency key {key!r} stands for another question to {wanted.agent}",
            field="Idempotency-Key",
            remedy="Choose another key, or send the same body again.",
        ) from error
    return ports.promises.get(wanted.promise_id, ports.clock()) or wanted


def _promise_id(agent: ActorId, key: str) -> str:
    """Derive the promise of a keyed question: the key may stand for something else at another agent."""
    return hashlib.sha256(json.dumps([str(agent), key]).encode()).hexdigest()[:32]


def _digest(message: EncodedMessage, lane: Lane, expires_in_seconds: float) -> str:
    """Fingerprint a question as it was asked; how long the program waits for it is not part of it."""
    asked = json.dumps([message.type, bytes(message.data).decode(), lane, float(expires_in_seconds)])
    return hashlib.sha256(asked.encode()).hexdigest()
