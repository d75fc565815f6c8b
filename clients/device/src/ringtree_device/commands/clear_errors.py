"""Turns what can go wrong into one line and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ringtree_device.client_lock import AlreadyRunningError
from ringtree_device.enrolment import NotEnrolledError
from ringtree_device.platform_errors import PlatformUnavailableError, RequestRefusedError, TokenRefusedError
from ringtree_device.work import UnexpectedAnswerError


class UsageProblemError(Exception):
    """The options do not go together."""


@contextmanager
def clear_errors() -> Iterator[None]:
    """Say what went wrong on one line, end with the code of its kind."""
    try:
        yield
    except tuple(EXIT_CODES) as error:
        typer.echo(f"ringtree-device: {error}", err=True)
        code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
        raise typer.Exit(code) from error


EXIT_CODES: dict[type[Exception], int] = {
    UsageProblemError: 2,
    NotEnrolledError: 3,
    TokenRefusedError: 4,
    PlatformUnavailableError: 5,
    AlreadyRunningError: 6,
    RequestRefusedError: 1,
    UnexpectedAnswerError: 1,
    OSError: 1,
}
