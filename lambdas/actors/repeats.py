"""FILTER: tells what an agent has handled before from what is new to it."""

from dataclasses import replace
from typing import Any

from lambdas.actors.agent_record import AgentStatus, KnownRequest, Mark
from lambdas.actors.draft import Draft
from lambdas.actors.frames import ClientRequest, Frame
from lambdas.actors.marks import content_digest, day_of, mark_key, request_digest, request_mark_key


class RequestReusedError(ValueError):
    """A program used an idempotency key again for something else; it must choose another key."""


def is_repeat(draft: Draft[Any], frame: Frame) -> bool:
    """Tell whether a frame was handled before; raises RequestReusedError when its key stands for something else.

    A sender's frames are first sent in order, so of each sender one number is enough. Of held messages only the
    next is no repeat: one further on comes again when it is asked for.
    """
    if frame.replays is not None:
        is_next = draft.status is AgentStatus.RESUMING and frame.replays == draft.holding.replayed + 1
        return not is_next
    if frame.sender is not None:
        name = mark_key(frame.sender, draft.context.kind.lane)
        mark = draft.marks.get(name)
        highest = mark.sequence if mark else draft.context.known_marks.get(name, 0)
        return frame.sender.sequence <= highest
    return frame.request is not None and _is_known_request(draft, frame, frame.request)


def remember(draft: Draft[Any], frame: Frame) -> None:
    """Remember a frame as handled."""
    if frame.replays is not None:
        return
    if frame.sender is not None:
        name = mark_key(frame.sender, draft.context.kind.lane)
        draft.marks.pop(name, None)
        draft.marks[name] = Mark(frame.sender.sequence, day_of(draft.context.now))
    if frame.request is not None:
        draft.requests[frame.request.key] = KnownRequest(content_digest(frame), frame.request.expires)


def is_out_of_date(draft: Draft[Any], frame: Frame) -> bool:
    """Tell whether a request comes after its key has expired, when nobody knows any more whether it was handled."""
    return frame.request is not None and frame.request.expires <= draft.context.now


def _is_known_request(draft: Draft[Any], frame: Frame, request: ClientRequest) -> bool:
    key = request.key
    known = draft.requests.get(key)
    evicted = draft.context.known_marks.get(request_mark_key(key))
    digest = known.digest if known else None if evicted is None else request_digest(evicted, draft.context.now)
    if digest is None:
        return False
    if digest != content_digest(frame):
        raise RequestReusedError(f"idempotency key {key!r} was used for another message before; use a key of its own")
    if known is not None:
        draft.requests[key] = replace(known, expires=max(known.expires, request.expires))
    return True
