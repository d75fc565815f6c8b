"""An execution environment that dies while it starts takes no other environment of its function with it.

The emulator then ends all environments of the function, those at work too, whose messages come back with it: where
workers die faster than all of them can start, nothing is ever done. On AWS an environment that fails is reset by
itself and the others go on: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html ("Failures
during the Invoke phase").
"""

from typing import Any

from ministack.core import lambda_runtime

EXIT_ERROR = "Runtime.ExitError"
"""What AWS calls the error of an environment that ended without an answer."""


def apply() -> None:
    """Answer for the one environment as for one that dies at work; its next invocation starts it anew."""
    invoke = lambda_runtime.Worker.invoke

    def invoke_alone(worker: Any, *args: Any, **options: Any) -> Any:
        try:
            return invoke(worker, *args, **options)
        except Exception as error:  # noqa: BLE001 -- whatever it died of, it is this one that died
            worker.kill()
            return {"status": "error", "error": str(error), "error_type": EXIT_ERROR, "cold_start": True, "log": ""}

    lambda_runtime.Worker.invoke = invoke_alone
