"""Tasks."""

from lambdas.api.operator_router import OperatorRouter
from lambdas.api.task_submissions import submit_task, task_view
from lambdas.api.views.tasks import TaskAccepted, TaskRequest, TaskView

router = OperatorRouter()


@router.post("/v1/tasks", tags=["tasks"], summary="Submit a task", status_code=202)
def post_task(request: TaskRequest) -> TaskAccepted:
    """Queue a task for its target, or for the least loaded device that can do it."""
    return submit_task(router.ports, request)


@router.get("/v1/tasks/<task_id>", tags=["tasks"], summary="Get a task")
def get_task(task_id: str) -> TaskView:
    """Show a task and its result."""
    return task_view(router.ports, task_id)
