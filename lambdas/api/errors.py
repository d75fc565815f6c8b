"""What the APIs refuse, each with the status that says so. A refused request has written nothing."""

from typing import ClassVar


class ApiError(Exception):
    """A request that is refused; the message names the offending value, the remedy says what would be accepted."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, *, field: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.remedy = remedy


class MalformedRequestError(ApiError):
    """The body cannot be read at all."""

    status = 400


class UnauthorizedError(ApiError):
    """The request does not say who makes it."""

    status = 401


class ForbiddenError(ApiError):
    """Whoever makes the request may not make it."""

    status = 403


class NotFoundError(ApiError):
    """The request names something that does not exist."""

    status = 404


class ConflictError(ApiError):
    """The request does not fit what stands."""

    status = 409


class OverloadedError(ApiError):
    """Too much waits to be done already; the same request may be accepted after a while."""

    status = 429

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        remedy = f"Send the same request again after {retry_after_seconds} s."
        super().__init__("overloaded", message, remedy=remedy)
        self.retry_after_seconds = retry_after_seconds


class InvalidRequestError(ApiError):
    """The request can be read, but a field of it breaks a rule."""

    status = 422


def unknown(kind: str, name: str, *, field: str | None = None, remedy: str | None = None) -> NotFoundError:
    """Refuse a name that nothing of this kind bears."""
    return NotFoundError(f"unknown_{kind}", f"there is no {kind} {name!r}", field=field or kind, remedy=remedy)
