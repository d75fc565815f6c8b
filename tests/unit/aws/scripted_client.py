"""A client that answers as the test says and remembers what it was asked."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from lambdas.aws.backoff import Backoff

AT_ONCE = Backoff(tries=3, sleep=lambda _seconds: None, random_share=lambda: 0.5)


def refused(code: str) -> ClientError:
    """Make the error that boto3 raises."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


class ScriptedClient:
    """Answers each call with the next of the script; an exception is raised, a function is asked."""

    def __init__(self, *script: Any) -> None:
        self._script = list(script)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            self.calls.append((operation, request))
            answer = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            if isinstance(answer, Exception):
                raise answer
            return answer(request) if callable(answer) else answer

        return call
