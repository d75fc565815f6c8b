"""Posts calls of agents to destinations outside, over HTTPS."""

import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import urllib3
from botocore.exceptions import ClientError
from urllib3.exceptions import HTTPError

from lambdas.actors.call_outs import Answer, Answered, NotSent, Unreached
from lambdas.actors.outbox import ExternalCall
from lambdas.actors.ports import PortUnavailableError
from lambdas.observability import logger
from lambdas.settings.destinations import Destination

USER_AGENT = "ringtree/0.1.0"

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
"""The longest silence of a destination."""
CALL_SECONDS = 12.0
"""The longest that a call may take in all; a destination that speaks very slowly is given up then."""

TIMEOUT = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

CALLS_AT_ONCE = 10
SAID_BYTES = 200
"""How much of an answer is kept for people; the rest is not read."""


class Urllib3Destinations:
    """A Destinations whose calls leave at once, each with its key, without following redirects.

    ``secret`` reads the text of a secret by its ARN.
    """

    def __init__(
        self,
        destinations: Mapping[str, Destination],
        secret: Callable[[str], str],
        clock: Callable[[], datetime],
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._destinations = destinations
        self._secret = secret
        self._clock = clock
        self._call_seconds = call_seconds
        self._tls = ssl.create_default_context()

    @property
    def names(self) -> Collection[str]:
        """Name the destinations of this deployment."""
        return self._destinations.keys()

    def post(self, calls: Sequence[ExternalCall]) -> Sequence[Answer]:
        """Post all calls beside one another, so that a slow destination holds up nobody else's."""
        threads = ThreadPoolExecutor(max_workers=CALLS_AT_ONCE, thread_name_prefix="call-out")
        try:
            posted = [threads.submit(self._post, call) for call in calls]
            wait(posted, timeout=self._call_seconds)
            return [self._answer(future) for future in posted]
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _answer(self, future: Future[Answer]) -> Answer:
        if not future.done():
            return Unreached(f"did not answer within {self._call_seconds:g} s")
        return future.result()

    def _post(self, call: ExternalCall) -> Answer:
        destination = self._destinations[call.destination]
        try:
            headers = self._headers(call, destination)
        except (PortUnavailableError, ClientError, UnicodeError) as error:
            return NotSent(f"its secret cannot be read: {error}")
        with urllib3.PoolManager(num_pools=1, retries=False, timeout=TIMEOUT, ssl_context=self._tls) as connection:
            return self._answer_to(call, headers, connection)

    def _answer_to(self, call: ExternalCall, headers: dict[str, str], connection: urllib3.PoolManager) -> Answer:
        """Post over a connection of the call's own.

        One that was kept may have been closed by the other side, the sooner as a function is frozen between its runs:
        that would count as a failure of the destination.
        """
        try:
            answer = connection.request(
                "POST",
                self._destinations[call.destination].url,
                body=call.payload.encode(),
                headers=headers,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            return Unreached(f"{type(error).__name__}: {error}")
        try:
            said = answer.read(SAID_BYTES, decode_content=False)
        except (HTTPError, OSError) as error:
            logger.info("an answer broke off", extra={"destination": call.destination, "error": str(error)})
            said = b""
        finally:
            answer.close()
        retry_after = _wait_asked_for(answer.headers.get("Retry-After"), self._clock())
        return Answered(answer.status, retry_after, " ".join(said.decode(errors="replace").split()))

    def _headers(self, call: ExternalCall, destination: Destination) -> dict[str, str]:
        headers = {
            "Connection": "close",
            "Content-Type": "application/json",
            "Idempotency-Key": call.idempotency_key,
            "User-Agent": USER_AGENT,
        }
        if destination.header:
            headers[destination.header] = _printable(self._secret(destination.secret))
        return headers


def _printable(secret: str) -> str:
    """Give a secret that may stand in a header; raises UnicodeError for one that may not, without telling it."""
    if not secret.isascii() or not secret.isprintable():
        raise UnicodeError("it has characters that no header may have")
    return secret


def _wait_asked_for(header: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or a date (RFC 9110, 10.2.3); what is neither counts as absent."""
    if not header:
        return None
    if header.strip().isdecimal():
        return timedelta(seconds=min(int(header), 10**9))
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(aware - now, timedelta(0))
