"""HTTP to the operator API: timeouts on every request, retries only where they are harmless, errors with a remedy."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from ringtree_cli.errors import (
    ConflictError,
    InputRefusedError,
    NotAuthorisedError,
    NotFoundError,
    PlatformBusyError,
    PlatformFailedError,
    PlatformUnreachableError,
    RingtreeError,
)
from ringtree_cli.platform_address import PlatformAddress

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
BACKOFF_SECONDS = (0.2, 0.6, 1.8)
"""Waits between the tries of a GET, and of anything that was turned away because the platform was busy."""
TURNED_AWAY = 429
WORTH_RETRYING = frozenset({TURNED_AWAY, 500, 502, 503, 504})
LONGEST_RETRY_AFTER_SECONDS = 30.0
"""Longer than this nobody waits at a command line: the answer is told instead."""


class PlatformConnection:
    """Speaks JSON with one platform, as one operator."""

    def __init__(
        self,
        address: PlatformAddress,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address
        self._sleep = sleep
        self._client = httpx.Client(
            base_url=address.operator_url,
            headers={"Authorization": f"Bearer {address.operator_token}", "Accept": "application/json"},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=not _is_this_machine(address.operator_url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the sockets back."""
        self._client.close()

    def get(self, path: str, query: Mapping[str, str | int | None] | None = None) -> Any:
        """Ask; tries again after a failure that may pass."""
        present = {name: value for name, value in (query or {}).items() if value is not None}
        for pause_seconds in BACKOFF_SECONDS:
            try:
                response = self._request("GET", path, params=present)
            except PlatformUnreachableError:
                response = None
            asked_seconds = 0.0 if response is None else retry_after(response)
            is_worth_it = response is None or response.status_code in WORTH_RETRYING
            if response is not None and (not is_worth_it or asked_seconds > LONGEST_RETRY_AFTER_SECONDS):
                return self._read(response)
            self._sleep(max(pause_seconds, asked_seconds))
        return self._read(self._request("GET", path, params=present))

    def send(
        self,
        method: str,
        path: str,
        document: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Command; not sent again when no answer came, since the platform may have done it.

        A platform that is busy says that it has done nothing, and after which time it may: then it is asked again.
        """
        for pause_seconds in BACKOFF_SECONDS:
            response = self._request(method, path, json=document, headers=headers)
            asked_seconds = retry_after(response)
            if response.status_code != TURNED_AWAY or asked_seconds > LONGEST_RETRY_AFTER_SECONDS:
                return self._read(response)
            self._sleep(max(pause_seconds, asked_seconds))
        return self._read(self._request(method, path, json=document, headers=headers))

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **content)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> PlatformUnreachableError:
        said = "did not answer in time" if isinstance(error, httpx.TimeoutException) else f"cannot be reached ({error})"
        remedy = f"is it up, and is the address of {self._address.source} right? (ringtree up starts an embedded one)"
        return PlatformUnreachableError(f"the platform at {self._address.operator_url} {said}", remedy)

    def _read(self, response: httpx.Response) -> Any:
        if response.is_success:
            try:
                return response.json() if response.content else {}
            except ValueError as error:
                raise PlatformFailedError(f"the platform answered no JSON: {response.text[:80]!r}") from error
        raise error_of(response, self._address.source)


def _is_this_machine(url: str) -> bool:
    """Whether a proxy has no business between us and the platform."""
    return httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}


def retry_after(response: httpx.Response) -> float:
    """Seconds that the platform asks us to wait; 0 when it does not say."""
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0


def error_of(response: httpx.Response, source: str) -> RingtreeError:
    """Translate an answer that is no success; the platform's own words come first."""
    detail = _error_detail(response)
    message = str(detail.get("message") or response.reason_phrase or "no reason given").rstrip(".")
    field = detail.get("field")
    kind, default_remedy = _kind_of(response.status_code)
    if kind is InputRefusedError and field and str(field) not in message:
        message = f"{field}: {message}"
    return kind(
        f"{message} ({response.status_code})", str(detail.get("remedy") or default_remedy.format(source=source))
    )


def _error_detail(response: httpx.Response) -> Mapping[str, object]:
    """The error object of the API, or what API Gateway itself says when a request never reaches us."""
    try:
        document = response.json()
    except ValueError:
        return {"message": response.text[:200]}
    if not isinstance(document, dict):
        return {}
    detail = document.get("error", document)
    return detail if isinstance(detail, dict) else {"message": detail}


def _kind_of(status_code: int) -> tuple[type[RingtreeError], str]:
    if status_code in KINDS:
        return KINDS[status_code]
    return (InputRefusedError, "") if status_code < 500 else (PlatformFailedError, "try again")


KINDS: dict[int, tuple[type[RingtreeError], str]] = {
    400: (InputRefusedError, ""),
    401: (NotAuthorisedError, "the operator token of {source} is not the platform's; fetch it again"),
    403: (NotAuthorisedError, "the operator token of {source} is not the platform's; fetch it again"),
    404: (NotFoundError, ""),
    409: (ConflictError, ""),
    422: (InputRefusedError, ""),
    429: (PlatformBusyError, "try again in a while"),
}
