"""Starts the emulator with its gaps filled and its calls counted. Runs in the emulator's own environment, as a script.

The repository is put on this process' path only: the functions the emulator starts must find their code where AWS
would have it, in their asset and layer, and nowhere else.
"""

import os
import signal
import sys
import threading
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

import ministack.app

from lab.embedded_aws import counted_calls, prompt_stop
from lab.embedded_aws.patches import (
    an_environment_dies_alone,
    batches_gather_for_their_window,
    cors_of_http_apis,
    environments_fit_the_machine,
    exceptions_keep_their_name,
    expiry_of_table_items,
    fifo_groups_run_at_once,
    kept_queues_follow_the_port,
    layers_are_unpacked_once,
    logging_reaches_the_log,
    logs_end_with_the_invocation,
    partiql_writes_reach_streams,
    replicas_of_tables,
    reserved_concurrency,
    streams_are_read_as_mapped,
    streams_survive_a_stop,
)

PATCHES = (
    an_environment_dies_alone,
    batches_gather_for_their_window,
    cors_of_http_apis,
    environments_fit_the_machine,
    exceptions_keep_their_name,
    expiry_of_table_items,
    fifo_groups_run_at_once,
    kept_queues_follow_the_port,
    layers_are_unpacked_once,
    logging_reaches_the_log,
    logs_end_with_the_invocation,
    partiql_writes_reach_streams,
    replicas_of_tables,
    reserved_concurrency,
    streams_are_read_as_mapped,
    streams_survive_a_stop,
)

END_WITH_STANDARD_INPUT = "--end-with-standard-input"


def end_with_standard_input() -> None:
    """Stop gracefully once whoever started us is gone: the pipe it held is closed by the system, however it ended."""

    def wait_and_stop() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_and_stop, daemon=True, name="end-with-standard-input").start()


if __name__ == "__main__":
    if END_WITH_STANDARD_INPUT in sys.argv:
        sys.argv.remove(END_WITH_STANDARD_INPUT)
        end_with_standard_input()
    prompt_stop.install()
    counted_calls.install()
    for patch in PATCHES:
        patch.apply()
    ministack.app.main()
