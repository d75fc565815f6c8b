"""``ringtree dead-letters``: messages that agents could not handle, and what becomes of them."""

from typing import Annotated

import typer
from rich.table import Table

from ringtree_cli.decoding import to_json
from ringtree_cli.invocation import Cursor, Json, Limit, operator_api
from ringtree_cli.message_answers import Letter
from ringtree_cli.terminal import Terminal

app = typer.Typer(name="dead-letters", help="Messages that agents could not handle.", no_args_is_help=True)

LetterAddress = Annotated[str, typer.Argument(metavar="ADDRESS", help="Address of the letter, as the list shows it.")]
DecisionReason = Annotated[str, typer.Option(help="Why; kept with the letter.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")]


@app.command("list")
def list_letters(
    context: typer.Context,
    agent: Annotated[str | None, typer.Option(help="Only letters of this agent, such as device/laptop-17.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """List open letters: of one agent in their order, of all the newest first."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        page = api.letters.page(agent, limit, cursor)
    table = Table("agent", "kind", "messages", "attempts", "since", "reason", "address", box=None)
    for letter in page.letters:
        since = letter.parked_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        types = ", ".join(letter.message_types) or "-"
        table.add_row(letter.agent, letter.kind, types, str(letter.attempts), since, letter.reason, letter.address)
    terminal.answer(page, table)
    if page.cursor and not as_json:
        terminal.say(f"there are more: --cursor {page.cursor}")


@app.command()
def show(context: typer.Context, address: LetterAddress, as_json: Json = False) -> None:
    """Show a letter with its messages and what was decided on it."""
    with operator_api(context) as api:
        letter = api.letters.letter(address)
    Terminal(as_json).answer(letter, to_json(letter))


@app.command()
def replay(
    context: typer.Context, address: LetterAddress, reason: DecisionReason, yes: Yes = False, as_json: Json = False
) -> None:
    """Send a parked letter to its agent again; the agent takes it once, also when this is repeated."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        _make_sure(terminal, api.letters.letter(address), "replay", yes)
        letter = api.letters.replay(address, reason)
    _confirm(terminal, letter)


@app.command()
def drop(
    context: typer.Context, address: LetterAddress, reason: DecisionReason, yes: Yes = False, as_json: Json = False
) -> None:
    """Give a letter up: its agent never handles it."""
    terminal = Terminal(as_json)
    with operator_api(context) as api:
        _make_sure(terminal, api.letters.letter(address), "drop", yes)
        letter = api.letters.drop(address, reason)
    _confirm(terminal, letter)


def _make_sure(terminal: Terminal, letter: Letter, decision: str, yes: bool) -> None:
    """Ask the person, unless they said yes already or the platform will refuse anyway."""
    if yes or decision not in letter.possible:
        return
    what = ", ".join(letter.message_types) or "a message"
    terminal.make_sure(f"{decision} {what} of {letter.agent} ({letter.reason})?")


def _confirm(terminal: Terminal, letter: Letter) -> None:
    words = f"letter of {letter.agent} is {letter.status}"
    if letter.status == "open":
        words = f"{letter.agent} was told; see whether it has obeyed with: ringtree dead-letters show {letter.address}"
    terminal.answer(letter, words)
