"""Answers to task tokens of Step Functions."""

from collections.abc import Collection, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.outbox import TaskAnswer
from lambdas.aws.backoff import Backoff
from lambdas.observability import logger

GONE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})
"""Errors that say that nobody waits for the answer any more: it was given, or the execution went on without it."""

ERROR_LIMIT = 256
CAUSE_LIMIT = 32_768
"""Characters that SendTaskFailure takes; longer texts are cut."""

_Placed = tuple[int, TaskAnswer]


class StepFunctionsTaskCompleter:
    """A TaskCompleter over Step Functions, one call per token."""

    def __init__(self, client: Any, backoff: Backoff | None = None) -> None:
        self._client = client
        self._backoff = backoff or Backoff()

    def complete(self, answers: Sequence[TaskAnswer]) -> Collection[int]:
        """Give answers, those that were not taken again."""
        left = self._backoff.until_done(list(enumerate(answers)), self._give)
        return {place for place, _ in left}

    def _give(self, answers: Sequence[_Placed]) -> Sequence[_Placed]:
        return [placed for placed in answers if not self._is_taken(placed[1])]

    def _is_taken(self, answer: TaskAnswer) -> bool:
        try:
            self._send(answer)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in GONE:
                return True
            logger.warning("task answer was refused", extra={"error": str(error)})
            return False
        except BotoCoreError as error:
            logger.warning("task answer did not arrive", extra={"error": str(error)})
            return False
        return True

    def _send(self, answer: TaskAnswer) -> None:
        if answer.error:
            self._client.send_task_failure(
                taskToken=answer.task_token, error=answer.error[:ERROR_LIMIT], cause=answer.cause[:CAUSE_LIMIT]
            )
        else:
            self._client.send_task_success(taskToken=answer.task_token, output=answer.output)
