"""The ``ringtree`` command: finds its subcommands, turns errors into one line and an exit code."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ringtree_cli import commands
from ringtree_cli.errors import EXIT_CODES, RingtreeError
from ringtree_cli.invocation import remember_invocation
from ringtree_cli.platform_address import TOKEN_VARIABLE, URL_VARIABLE
from ringtree_cli.terminal import open_console

EXIT_CODE_TEXT = "Exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."


def run() -> None:
    """Entry point of the ``ringtree`` script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no error leaves as a stack trace."""
    try:
        build_app()(args=list(arguments), prog_name="ringtree")
    except RingtreeError as error:
        open_console(to_stderr=True).print(f"ringtree: {error}", style="red", soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def build_app() -> typer.Typer:
    """The root command with every module of `ringtree_cli.commands` under it."""
    app = typer.Typer(
        name="ringtree",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        epilog=EXIT_CODE_TEXT,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    for found in discover_commands():
        app.add_typer(found)
    return app


def discover_commands() -> Iterator[typer.Typer]:
    """The ``app`` of each module in the folder of commands: a named one is a group, an unnamed one adds to the root."""
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        yield importlib.import_module(f"{commands.__name__}.{module.name}").app


def root(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="JSON file with operator_url and operator_token.", dir_okay=False)
    ] = None,
) -> None:
    """Ship releases to a fleet of devices ring by ring, without losing any."""
    remember_invocation(context, config)


root.__doc__ = f"""{root.__doc__}

The platform is found by {URL_VARIABLE} and {TOKEN_VARIABLE}, else by --config,
else by the nearest .ringtree/embedded.json.
"""
