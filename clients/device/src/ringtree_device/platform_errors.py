"""How a request to the platform can fail."""


class PlatformUnavailableError(Exception):
    """The platform could not be reached or cannot serve now; trying again later helps."""

    def __init__(self, problem: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after_seconds = retry_after_seconds


class RequestRefusedError(Exception):
    """The platform refuses this request; the same request again would be refused again."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.status = status


class TokenRefusedError(RequestRefusedError):
    """The platform does not accept the token; it may again after the platform or the enrolment is mended."""
