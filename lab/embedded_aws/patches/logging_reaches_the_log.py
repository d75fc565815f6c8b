"""Lines written with Python's `logging` reach the function's log.

The emulator's worker has no handler on the root logger, so lines below WARNING are lost whatever level the code sets.
AWS installs one, with this format: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html ("Using the
logging library").
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from ministack.core import lambda_runtime

from lab.embedded_aws.patches.emulator_source import replace_once

_STDOUT_IS_STDERR = "    sys.stdout = sys.stderr\n"
_ROOT_HANDLER = """
    import logging
    root_handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("[%(levelname)s]\\t%(asctime)s.%(msecs)03dZ\\t%(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    root_handler.setFormatter(formatter)
    logging.getLogger().addHandler(root_handler)
"""


def apply() -> None:
    """Install the handler before the function's module is imported."""
    lambda_runtime._PYTHON_WORKER_SCRIPT = replace_once(
        lambda_runtime._PYTHON_WORKER_SCRIPT, _STDOUT_IS_STDERR, _STDOUT_IS_STDERR + _ROOT_HANDLER
    )
