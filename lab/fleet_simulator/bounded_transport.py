"""Few connections for many devices: requests wait for their turn before they reach the connection pool."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import cast

import httpx

# httpcore asks for sniffio at every lock it takes. Where it is not installed, Python searches the disk each time, which
# is a fifth of the time of a request; an entry of None in sys.modules makes the import fail at once.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


LEFT_BEHIND_SECONDS = 10.0
"""How long the end waits for requests of devices that were killed."""


class BoundedTransport(httpx.AsyncBaseTransport):
    """Lets a number of requests through at a time, in the order they came.

    httpx's own pool looks at every waiting request whenever one ends, which with hundreds of devices costs more than
    the requests do. A request whose device is killed goes on to its end, as on a network: cut off while it connects,
    it would leave an open socket behind.
    """

    def __init__(self, connections: int) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._inner = httpx.AsyncHTTPTransport(limits=limits)
        self._slots = asyncio.Semaphore(connections)
        self._left_behind: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for a slot; it is free again when the body has been read or dropped."""
        await self._slots.acquire()
        sending = asyncio.create_task(self._inner.handle_async_request(request))
        try:
            response = await asyncio.shield(sending)
        except asyncio.CancelledError:
            ending = asyncio.create_task(self._end(sending))
            self._left_behind.add(ending)
            ending.add_done_callback(self._left_behind.discard)
            raise
        except BaseException:
            self._slots.release()
            raise
        response.stream = _SlotStream(cast("httpx.AsyncByteStream", response.stream), self._slots.release)
        return response

    async def aclose(self) -> None:
        """Close all connections, once the requests of killed devices have ended."""
        if self._left_behind:
            await asyncio.wait(self._left_behind, timeout=LEFT_BEHIND_SECONDS)
        await self._inner.aclose()

    async def _end(self, sending: "asyncio.Task[httpx.Response]") -> None:
        """See a request to its end for which nobody waits any more; how it ends is nobody's concern either."""
        try:
            with suppress(httpx.HTTPError):
                response = await sending
                await response.aclose()
        finally:
            self._slots.release()


class _SlotStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, release: Callable[[], None]) -> None:
        self._stream = stream
        self._release = release
        self._is_released = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            if not self._is_released:
                self._is_released = True
                self._release()
