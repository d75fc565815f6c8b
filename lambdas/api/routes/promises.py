"""Promises."""

from lambdas.api.agent_questions import read_promise
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.promise_reading import promise_view
from lambdas.api.views.promises import PromiseView

router = OperatorRouter()


@router.get("/v1/promises/<promise_id>", tags=["promises"], summary="Get a promise")
def get_promise(promise_id: str) -> PromiseView:
    """Show what an agent was asked and the outcome; one that is past its deadline is timed out, for ever."""
    return promise_view(read_promise(router.ports, promise_id))
