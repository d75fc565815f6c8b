"""What can go wrong for a person at the command line, each kind with its exit code and its remedy."""

from typing import ClassVar


class RingtreeError(Exception):
    """Something the person can act on: one sentence of what is wrong, one of what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class NotConfirmedError(RingtreeError):
    """The person did not say that the command is meant."""


class PlatformNotFoundError(RingtreeError):
    """Neither the environment nor a file says where the platform is."""

    exit_code = 3


class PlatformUnreachableError(RingtreeError):
    """The platform did not answer; trying again can help."""

    exit_code = 4


class NotAuthorisedError(RingtreeError):
    """The platform knows us not (401) or does not let us (403)."""

    exit_code = 5


class NotFoundError(RingtreeError):
    """The platform has no such thing (404)."""

    exit_code = 6


class ConflictError(RingtreeError):
    """The platform is in a state that forbids this (409)."""

    exit_code = 7


class InputRefusedError(RingtreeError):
    """The platform refuses what we sent (400, 422)."""

    exit_code = 8


class PlatformFailedError(RingtreeError):
    """The platform failed (5xx) or answered something we cannot read; trying again can help."""

    exit_code = 9


class PlatformBusyError(RingtreeError):
    """The platform takes no more just now (429); trying again later helps."""

    exit_code = 10


EXIT_CODES = {
    0: "done",
    1: "the deployment, the task or the question did not end well, or a rebuilt version is not what was committed",
    2: "wrong usage of the command",
    PlatformNotFoundError.exit_code: "no platform is configured",
    PlatformUnreachableError.exit_code: "the platform cannot be reached",
    NotAuthorisedError.exit_code: "not authorised",
    NotFoundError.exit_code: "no such thing",
    ConflictError.exit_code: "not possible in the present state",
    InputRefusedError.exit_code: "the platform refuses the input",
    PlatformFailedError.exit_code: "the platform failed",
    PlatformBusyError.exit_code: "the platform is busy",
    130: "interrupted",
}
