"""Dead letters as operators see them. Whose task token stands in one could speak for an agent: none is shown."""

import base64
import binascii
import json
import re
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.call_outs import is_call
from lambdas.actors.claims import ClaimError, checked
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, LetterKind
from lambdas.actors.frames import FrameFormatError, decode_frame
from lambdas.actors.reply_to import ReplyTo, ReplyToError, ReplyWay
from lambdas.api.agent_reading import without_tokens
from lambdas.api.errors import NotFoundError, unknown
from lambdas.api.views.dead_letters import (
    ClaimView,
    DecisionView,
    LetterMessageView,
    LetterState,
    LetterSummary,
    LetterView,
)
from lambdas.wiring.operator_api import OperatorPorts

POSSIBLE: dict[LetterKind, tuple[str, ...]] = {
    LetterKind.PARKED: ("replay", "drop"),
    LetterKind.HELD: ("drop",),
    LetterKind.REFUSED: ("drop",),
}
NAME_LIMIT = 512
"""Characters of what a letter is named by: an agent's address has 128 at most, a letter's id less."""
SHOWN_CLAIM_BYTES = 2 * 1024 * 1024
"""Bytes of a claim whose messages are shown: an answer of Lambda holds 6 MB."""
TEXT_LIMIT = 4_000
"""Characters of an unreadable message that are shown."""


def letter_address(letter: DeadLetter) -> str:
    """Name a letter in one segment of a path, whatever slashes its agent's key and its id have.

    It is base64url, without padding, of the JSON array ``[agent, letter id]``.
    """
    named = json.dumps([letter.agent, letter.letter_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(named.encode()).rstrip(b"=").decode()


def read_letter(ports: OperatorPorts, address: str) -> DecidedLetter:
    """Look a letter up by its address; raises NotFoundError when nothing bears it."""
    agent, letter_id = _read_address(address)
    can_be_one = 0 < len(agent) <= NAME_LIMIT and 0 < len(letter_id) <= NAME_LIMIT
    found = ports.letters.get(agent, letter_id) if can_be_one else None
    if found is None:
        raise unknown(
            "letter",
            f"{letter_id[:100]} of {agent[:200]}",
            field="address",
            remedy="GET /v1/dead-letters lists what is open.",
        )
    return found


def _read_address(address: str) -> tuple[str, str]:
    try:
        padded = address.encode("ascii") + b"=" * (-len(address) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=tuple[str, str])
    except (UnicodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise NotFoundError(
            "unknown_letter",
            f"{address[:200]!r} is no address of a letter",
            field="address",
            remedy="GET /v1/dead-letters shows the address of each.",
        ) from error


def content_of(ports: OperatorPorts, letter: DeadLetter) -> bytes | None:
    """Fetch what a letter holds; none when it is kept as a claim and gone or altered."""
    if letter.claim is None:
        return letter.body.encode()
    try:
        return checked(letter.claim, ports.claims.get([letter.claim]).get(letter.claim))
    except ClaimError:
        return None


def messages_of(letter: DeadLetter, content: bytes | None) -> tuple[EncodedMessage, ...] | None:
    """Read the messages in the content of a letter; none when it is gone or is not readable."""
    if content is None:
        return None
    try:
        if letter.kind is LetterKind.REFUSED:
            return decode_frame(content.decode(), ActorId.parse(letter.agent)).messages
        return msgspec.json.decode(content, type=tuple[EncodedMessage, ...])[letter.already_handled :]
    except (FrameFormatError, ActorIdError, UnicodeError, msgspec.MsgspecError):
        return None


def letter_summary(decided: DecidedLetter) -> LetterSummary:
    """Show a letter in a list."""
    return LetterSummary(**_summary(decided))


def letter_view(ports: OperatorPorts, decided: DecidedLetter) -> LetterView:
    """Show a letter with what it holds and what can be decided on it."""
    letter, decision, claim = decided.letter, decided.decision, decided.letter.claim
    is_shown = claim is None or claim.size_bytes <= SHOWN_CLAIM_BYTES
    content = content_of(ports, letter) if is_shown else None
    messages = messages_of(letter, content)
    return LetterView(
        **_summary(decided),
        messages=None if messages is None else [_message_view(message) for message in messages],
        text=_shown_text(content.decode(errors="replace")) if messages is None and content else None,
        claim=ClaimView(sha256=claim.sha256, size_bytes=claim.size_bytes) if claim else None,
        decision=DecisionView.model_validate(decision) if decision else None,
        possible=[] if decision else list(POSSIBLE[LetterKind.PARKED if is_call(letter) else letter.kind]),
    )


def _summary(decided: DecidedLetter) -> dict[str, Any]:
    letter, decision = decided.letter, decided.decision
    return {
        "address": letter_address(letter),
        "agent": letter.agent,
        "letter_id": letter.letter_id,
        "kind": letter.kind,
        "status": LetterState(decision.status.value) if decision else LetterState.OPEN,
        "reason": letter.reason,
        "parked_at": letter.parked_at,
        "lane": letter.lane,
        "attempts": letter.attempts,
        "message_types": list(letter.message_types),
    }


def _message_view(message: EncodedMessage) -> LetterMessageView:
    data = without_tokens(msgspec.json.decode(message.data))
    return LetterMessageView(type=message.type, data=data, reply_to=_asker(message.reply_to), expires=message.expires)


def _asker(reply_to: str) -> str | None:
    """Name who waited; of a state machine not its token."""
    if not reply_to:
        return None
    try:
        asker = ReplyTo.parse(reply_to)
    except ReplyToError:
        return "unreadable"
    return "task" if asker.way is ReplyWay.TASK else reply_to


_TOKENS = re.compile(r'(task_token\\*"\s*:\s*\\*"|task:)[^"\\]*')


def _shown_text(text: str) -> str:
    """Show what cannot be read, so far as it is text, with task tokens made unreadable."""
    return _TOKENS.sub(r"\1...", text)[:TEXT_LIMIT]
