"""A function's error carries the name of the exception's class.

The emulator calls every error `Runtime.HandlerError`, so a state machine's `Retry` or `Catch` on `ThrottlingError`
would never match. AWS: `errorType` is the exception's class,
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html, and Step Functions matches it,
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import threading
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from lab.embedded_aws.patches.emulator_source import replace_once

_UNNAMED_ERROR = "Runtime.HandlerError"


def apply() -> None:
    """Have the worker report the class, and put it where the emulator writes its one name."""
    lambda_runtime._PYTHON_WORKER_SCRIPT = replace_once(
        lambda_runtime._PYTHON_WORKER_SCRIPT,
        '"error": str(e), "trace"',
        '"error": str(e), "error_type": type(e).__name__, "trace"',
    )

    class_of_this_thread = threading.local()
    invoke = lambda_runtime.Worker.invoke
    execute = lambda_svc._execute_function_warm

    def invoke_and_note_class(worker: Any, *args: Any, **options: Any) -> Any:
        response = invoke(worker, *args, **options)
        class_of_this_thread.name = response.get("error_type")
        return response

    def execute_and_name_error(func: Any, event: Any, request_id: str) -> Any:
        class_of_this_thread.name = None
        result = execute(func, event, request_id)
        if result.get("error") and class_of_this_thread.name and result["body"].get("errorType") == _UNNAMED_ERROR:
            result["body"]["errorType"] = class_of_this_thread.name
        return result

    lambda_runtime.Worker.invoke = invoke_and_note_class
    lambda_svc._execute_function_warm = execute_and_name_error
