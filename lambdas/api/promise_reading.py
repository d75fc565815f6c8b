"""Promises as programs see them. Task tokens are left out of what agents answer."""

from typing import Any

import msgspec

from lambdas.actors.ports import PromiseRecord
from lambdas.api.agent_reading import without_tokens
from lambdas.api.views.promises import PromiseStatus, PromiseView


def promise_view(promise: PromiseRecord) -> PromiseView:
    """Show a promise with its outcome, or as open."""
    answer = promise.answer
    value: Any = None if answer is None else without_tokens(msgspec.json.decode(answer.value))
    return PromiseView(
        promise_id=promise.promise_id,
        agent=promise.agent,
        message_type=promise.message_type,
        deadline=promise.deadline,
        status=PromiseStatus.OPEN if answer is None else PromiseStatus.SETTLED,
        outcome=answer.outcome if answer else None,
        type=(answer.type or None) if answer else None,
        value=value,
        reason=(answer.reason or None) if answer else None,
    )
