"""A stop that keeps state and then ends at once, whatever still waits. Runs inside the emulator.

Left alone, the emulator first waits for requests and connections that are still open, and after keeping its state for
executions and threads that are still busy: half a minute in which the terminal hangs. What is cut off comes back as
after a crash of a worker: messages reappear when their visibility timeout is over.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import asyncio
import os
import signal
import sys
from typing import Any

import ministack.app as emulator


def install() -> None:
    """Answer SIGTERM ourselves: tell the emulator that it shuts down, which is when it keeps its state, and exit."""
    handle_lifespan = emulator._handle_lifespan

    async def handle_lifespan_and_exit(scope: Any, receive: Any, send: Any) -> None:
        asked_to_stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_stop.set)

        async def receive_or_stop() -> Any:
            message, stop = asyncio.ensure_future(receive()), asyncio.ensure_future(asked_to_stop.wait())
            await asyncio.wait({message, stop}, return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "lifespan.shutdown"}

        await handle_lifespan(scope, receive_or_stop, send)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    emulator._handle_lifespan = handle_lifespan_and_exit
