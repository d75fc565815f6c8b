"""The tasks in hand: each is done beside the heartbeats and its result reported."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from ringtree_device.backoff import Patience
from ringtree_device.device_api import DeviceApi
from ringtree_device.platform_errors import RequestRefusedError
from ringtree_device.ports import VitalsSource
from ringtree_device.task_types import TASK_TYPES, TaskType
from ringtree_device.work import TaskOrder

logger = logging.getLogger(__name__)

TASK_TIMEOUT_SECONDS = 60.0
REMEMBERED_TASKS = 100
UNACCEPTABLE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})
"""The result itself is refused, too large for example; that the task failed will be taken."""


class TaskWork:
    """Does each attempt once while the client runs; after a crash, one whose result was not taken is done again."""

    def __init__(
        self,
        api: DeviceApi,
        vitals: VitalsSource,
        patience: Patience,
        task_types: Mapping[str, TaskType] = TASK_TYPES,
    ) -> None:
        self._api = api
        self._vitals = vitals
        self._patience = patience
        self._task_types = task_types
        self._seen: deque[tuple[str, int]] = deque(maxlen=REMEMBERED_TASKS)

    def receive(self, orders: tuple[TaskOrder, ...], spawn: Callable[..., asyncio.Task[None]]) -> None:
        """Begin the tasks that are new."""
        for order in orders:
            attempt = (order.task_id, order.attempt)
            if attempt not in self._seen:
                self._seen.append(attempt)
                spawn(self._do(order))

    async def _do(self, order: TaskOrder) -> None:
        succeeded, result = await self._result_of(order)
        logger.info("task %s (%s) %s", order.task_id, order.type, "succeeded" if succeeded else f"failed: {result}")
        try:
            await self._report(order, result, succeeded=succeeded)
        except RequestRefusedError as refusal:
            logger.warning("result of task %s was not taken: %s", order.task_id, refusal)
            if refusal.status in UNACCEPTABLE:
                with suppress(RequestRefusedError):
                    await self._report(order, {"error": f"the result was refused: {refusal}"}, succeeded=False)

    async def _report(self, order: TaskOrder, result: Any, *, succeeded: bool) -> None:
        await self._patience.until_answered(
            lambda: self._api.report_task(order.task_id, succeeded=succeeded, result=result)
        )

    async def _result_of(self, order: TaskOrder) -> tuple[bool, Any]:
        task_type = self._task_types.get(order.type)
        if task_type is None:
            known = ", ".join(sorted(self._task_types))
            return False, {"error": f"task type {order.type!r} is unknown to this device; it knows {known}"}
        try:
            async with asyncio.timeout(TASK_TIMEOUT_SECONDS):
                return True, await task_type(order.payload, self._vitals)
        except TimeoutError:
            return False, {"error": f"not done within {TASK_TIMEOUT_SECONDS:.0f} s"}
        except Exception as error:  # whatever goes wrong inside one task is that task's result
            logger.exception("task %s (%s) failed", order.task_id, order.type)
            return False, {"error": f"{type(error).__name__}: {error}"}
