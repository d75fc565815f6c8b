"""Reads what a program wants to tell an agent, as strictly as the agent's kind will."""

import json
import re
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import UnknownMessageError
from lambdas.actors.codec import BehaviorCodec, EncodedMessage, MessageFormatError
from lambdas.actors.lanes import NORMAL_LANE, Lane
from lambdas.actors.system_messages import SYSTEM_PREFIX
from lambdas.agents.agent_spec import AgentSpec
from lambdas.agents.registry import AGENTS, UnknownAgentKindError, spec_of
from lambdas.api.errors import InvalidRequestError, NotFoundError
from lambdas.api.unknown_fields import unknown_fields

MESSAGE_LIMIT_BYTES = 128 * 1024
"""Bytes of a message's data as JSON. A frame holds 200 KB with all that surrounds the data, and Lambda's request 6 MB;
content for devices travels as a release, not in messages."""


def known_spec(kind: str) -> AgentSpec:
    """Look up a kind of agent; raises NotFoundError naming the known ones."""
    try:
        return spec_of(kind)
    except UnknownAgentKindError as error:
        known = ", ".join(spec.kind for spec in AGENTS)
        raise NotFoundError(
            "unknown_agent_kind", f"there is no agent kind {kind!r}", field="kind", remedy=f"Known kinds: {known}."
        ) from error


def read_lane(spec: AgentSpec, agent: ActorId, lane: Lane | None) -> Lane:
    """Choose the lane of a message; raises InvalidRequestError for one that the kind has not."""
    if lane is None:
        return NORMAL_LANE
    if lane not in spec.lanes:
        raise InvalidRequestError(
            "unknown_lane",
            f"agents of kind {agent.kind!r} have no lane {lane.value!r}",
            field="lane",
            remedy=f"Lanes of {agent.kind}: {', '.join(spec.lanes)}.",
        )
    return lane


def read_message(spec: AgentSpec, message_type: str, data: Any) -> EncodedMessage:
    """Check a message against the reactions of its kind; raises InvalidRequestError naming type or field.

    What is sent is the data as given, in one order of fields and in ASCII: equal requests are equal bytes, and SQS
    takes every character.
    """
    known = {reaction.__name__: reaction for reaction in spec.behavior.reactions}
    _check_type(spec.kind, message_type, tuple(known))
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    if len(text) > MESSAGE_LIMIT_BYTES:
        raise InvalidRequestError(
            "message_too_large",
            f"the data have {len(text)} bytes as JSON",
            field="data",
            remedy=f"Send at most {MESSAGE_LIMIT_BYTES} bytes, or where the rest can be fetched.",
        )
    encoded = EncodedMessage(message_type, msgspec.Raw(text.encode()))
    try:
        BehaviorCodec(spec.behavior).decode_message(encoded)
    except UnknownMessageError as error:
        raise _unknown_type(spec.kind, message_type, tuple(known)) from error
    except MessageFormatError as error:
        field, told = _problem(str(error.__cause__))
        raise InvalidRequestError(
            "invalid_message", f"{message_type}: {told}", field=field, remedy=f"Correct {field} as told."
        ) from error
    _check_fields(message_type, known[message_type], data)
    return encoded


def _check_type(kind: str, message_type: str, known: tuple[str, ...]) -> None:
    if message_type.startswith(SYSTEM_PREFIX):
        raise InvalidRequestError(
            "system_message",
            f"{message_type!r} is a message of the runtime itself, which nobody sends as a message",
            field="type",
            remedy=f"POST /v1/agents/{kind}/{{key}}/suspend, /resume and /reset tell agents what operators may.",
        )
    if message_type not in known:
        raise _unknown_type(kind, message_type, known)


def _unknown_type(kind: str, message_type: str, known: tuple[str, ...]) -> InvalidRequestError:
    return InvalidRequestError(
        "unknown_message_type",
        f"agents of kind {kind!r} have no reaction for {message_type!r}",
        field="type",
        remedy=f"Messages of {kind}: {', '.join(sorted(known))}.",
    )


def _check_fields(message_type: str, value_type: type, data: Any) -> None:
    unheard = [f"data.{name}" for name in unknown_fields(value_type, data)]
    if unheard:
        raise InvalidRequestError(
            "invalid_message",
            f"{message_type} has no field {', '.join(unheard)}",
            field=unheard[0],
            remedy=f"Correct or leave out {unheard[0]}.",
        )


_PATH = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")


def _problem(text: str) -> tuple[str, str]:
    """Take apart what msgspec says, "Expected `str`, got `int` - at `$.details.name`", into field and words."""
    at = _PATH.search(text)
    told, path = (text[: at.start()], at["path"].lstrip(".")) if at else (text, "")
    missing = _MISSING.search(told)
    names = ["data", *([path] if path else []), *([missing["field"]] if missing else [])]
    return ".".join(names).replace(".[", "["), told
