"""Tasks as operators see them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lambdas.api.views.fields import Count, DeviceId, Request, TaskId, View
from lambdas.fleet.tasks import TaskPriority, TaskStatus

ATTEMPTS_LIMIT = 10
TASK_TIMEOUT_LIMIT_SECONDS = 86_400
PAYLOAD_LIMIT_BYTES = 32 * 1024


class TaskRequest(Request):
    """Something for a device to do. The id makes the request repeatable; one is made up where it is left out."""

    task_id: TaskId | None = None
    type: Annotated[str, Field(min_length=1, max_length=100)]
    payload: dict[str, Any] = Field(default_factory=dict)
    priority: TaskPriority = TaskPriority.NORMAL
    target: DeviceId | None = None
    """The device that shall do it; without one, the least loaded that can."""
    max_attempts: Annotated[Count, Field(ge=1, le=ATTEMPTS_LIMIT)] = 3
    timeout_seconds: Annotated[float, Field(strict=True, gt=0, le=TASK_TIMEOUT_LIMIT_SECONDS)] = 300


class TaskAccepted(View):
    """A task that was accepted."""

    task_id: str
    status: TaskStatus


class TaskView(View):
    """A task from its submission to its result."""

    task_id: str
    type: str
    payload: Any
    priority: TaskPriority
    status: TaskStatus
    device_id: str | None
    attempt: int
    max_attempts: int
    result: Any
    submitted_at: datetime | None
    updated_at: datetime | None
