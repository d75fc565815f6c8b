"""One request to the platform and what its answer means."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from ringtree_device import __version__
from ringtree_device.platform_errors import PlatformUnavailableError, RequestRefusedError, TokenRefusedError
from ringtree_device.ports import Clock
from ringtree_device.work import UnexpectedAnswerError

USER_AGENT = f"ringtree-device/{__version__}"
TIMEOUTS = httpx.Timeout(connect=10.0, read=30.0, write=30.0, pool=60.0)
DEADLINE_SECONDS = 90.0
"""For one whole request: an answer that trickles in byte by byte is given up too."""
WORTH_TRYING_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
TOKEN_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class PlatformConnection:
    """Sends requests; many devices may share one HTTP client."""

    http: httpx.AsyncClient
    clock: Clock

    async def request_json(
        self, method: str, url: str, token: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send one request with its bearer token and read the JSON object of the answer.

        Raises PlatformUnavailableError, TokenRefusedError, RequestRefusedError or UnexpectedAnswerError.
        """
        headers = {"Authorization": f"Bearer {token}", "User-Agent": USER_AGENT}
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                response = await self.http.request(method, url, headers=headers, json=body, timeout=TIMEOUTS)
        except TimeoutError as error:
            raise PlatformUnavailableError(f"{url} did not answer within {DEADLINE_SECONDS:.0f} s") from error
        except httpx.TransportError as error:
            problem = str(error) or type(error).__name__
            raise PlatformUnavailableError(f"{url} cannot be reached: {problem}") from error
        return _answer_of(response, url, self.clock.now())


def _answer_of(response: httpx.Response, url: str, now: datetime) -> dict[str, Any]:
    status = response.status_code
    if status in WORTH_TRYING_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PlatformUnavailableError(f"{url} answered {status}: {_message_of(response)}", _retry_after(response, now))
    if status in TOKEN_REFUSED:
        raise TokenRefusedError(f"{url} refuses the token ({status}): {_message_of(response)}", status)
    if not response.is_success:
        raise RequestRefusedError(f"{url} answered {status}: {_message_of(response)}", status)
    answer = _json_of(response)
    if not isinstance(answer, dict):
        raise UnexpectedAnswerError(f"{url} answered {response.text[:200]!r}, which is not a JSON object")
    return answer


def _message_of(response: httpx.Response) -> str:
    answer = _json_of(response)
    if isinstance(answer, dict):
        error = answer.get("error", answer)
        if isinstance(error, dict) and "message" in error:
            return "; ".join(str(error[name]) for name in ("message", "remedy") if error.get(name))
    return response.text[:200] or response.reason_phrase


def _json_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3)."""
    header = response.headers.get("Retry-After", "").strip()
    if header.isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
