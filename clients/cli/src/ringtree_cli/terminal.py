"""Where words go: answers to stdout, as a table or as JSON; messages and errors to stderr."""

import os
import sys
from dataclasses import dataclass

from rich.console import Console, RenderableType

from ringtree_cli.decoding import to_json
from ringtree_cli.errors import NotConfirmedError

WIDTH_IN_A_PIPE = 200
"""Tables are not cut at 80 columns when another program reads them."""


def open_console(*, to_stderr: bool = False) -> Console:
    """A console that leaves colours out where NO_COLOR or a pipe asks for it."""
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH_IN_A_PIPE
    return Console(file=stream, width=width, highlight=False, markup=False)


@dataclass(frozen=True, slots=True)
class Terminal:
    """How one command answers."""

    as_json: bool

    def answer(self, document: object, view: RenderableType) -> None:
        """Give the answer of the command: the document to programs, the view to people."""
        if self.as_json:
            sys.stdout.write(to_json(document) + "\n")
        else:
            open_console().print(view)

    def answer_line(self, document: object) -> None:
        """Give one answer of many as a line of JSON."""
        sys.stdout.write(to_json(document, indent=None) + "\n")
        sys.stdout.flush()

    def make_sure(self, question: str) -> None:
        """Ask the person whether the command is meant; raises NotConfirmedError unless they say so.

        The question goes to stderr: stdout is for the answer alone.
        """
        sys.stderr.write(f"{question} [y/N]: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise NotConfirmedError("nothing was done", "answer y, or give --yes where nobody can answer")

    def say(self, message: str) -> None:
        """Tell the person something that is not the answer."""
        open_console(to_stderr=True).print(message, soft_wrap=True)
