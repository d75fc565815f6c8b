"""What a command was called with: the configuration, and the options that commands share."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ringtree_cli.durations import DurationError, parse_duration
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.platform_address import find_platform
from ringtree_cli.rollout_plan import parse_share


@dataclass(frozen=True, slots=True)
class Invocation:
    """Kept by typer from the root command for the command that runs."""

    config: Path | None
    environment: Mapping[str, str]
    folder: Path


def remember_invocation(context: typer.Context, config: Path | None) -> None:
    """Keep what the root command was told."""
    context.obj = Invocation(config, os.environ, Path.cwd())


@contextmanager
def operator_api(context: typer.Context) -> Iterator[OperatorApi]:
    """The API of the configured platform, for as long as the command runs."""
    invocation: Invocation = context.obj
    api = OperatorApi.at(find_platform(invocation.environment, invocation.config, invocation.folder))
    try:
        yield api
    finally:
        api.close()


def _read_duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except DurationError as error:
        raise typer.BadParameter(str(error)) from error


def _read_share(text: str) -> float:
    try:
        return parse_share(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def duration_option(meaning: str) -> Any:
    """An option that reads 90s, 10m or 2h."""
    return typer.Option(parser=_read_duration, metavar="DURATION", help=meaning)


def share_option(meaning: str) -> Any:
    """An option that reads 0.05 or 5%."""
    return typer.Option(parser=_read_share, metavar="SHARE", help=meaning)


Json = Annotated[bool, typer.Option("--json", help="Answer JSON on stdout.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the deployment.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")]
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]
