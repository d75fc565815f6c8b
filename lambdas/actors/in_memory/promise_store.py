"""Promises in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.outbox import PromiseOutcome
from lambdas.actors.ports import PromiseRecord, PromiseReusedError


class InMemoryPromiseStore:
    """A PromiseStore whose promises live as long as the process."""

    def __init__(self) -> None:
        self.promises: dict[str, PromiseRecord] = {}
        self._digests: dict[str, str] = {}

    def make(self, promise: PromiseRecord, digest: str) -> bool:
        """Make a promise unless there is one of its id."""
        made_for = self._digests.setdefault(promise.promise_id, digest)
        if made_for != digest:
            raise PromiseReusedError(f"promise {promise.promise_id} was made for another question; take another id")
        if promise.promise_id in self.promises:
            return False
        self.promises[promise.promise_id] = promise
        return True

    def keep(self, outcomes: Sequence[PromiseOutcome]) -> Collection[int]:
        """Give open promises their outcomes."""
        for outcome in outcomes:
            self._answer(outcome.promise_id, outcome.answer)
        return ()

    def get(self, promise_id: str, now: datetime) -> PromiseRecord | None:
        """Read a promise, and time it out when it is overdue."""
        promise = self.promises.get(promise_id)
        if promise is not None and now >= promise.deadline:
            self._answer(promise_id, EncodedAnswer(Outcome.TIMED_OUT))
        return self.promises.get(promise_id)

    def _answer(self, promise_id: str, answer: EncodedAnswer) -> None:
        promise = self.promises.get(promise_id)
        if promise is not None and promise.answer is None:
            self.promises[promise_id] = replace(promise, answer=answer)
