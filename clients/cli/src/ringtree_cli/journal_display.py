"""Journals of agents as people read them."""

from collections.abc import Iterable

from rich.table import Table

from ringtree_cli.journal_answers import AgentInput, AgentVersion, Divergence, Rebuild

ABSENT = "(nothing)"
SHOWN_DIGITS = 12
"""Digits of a digest that tell versions apart in a table; JSON has all 64."""


def versions_table(versions: Iterable[AgentVersion]) -> Table:
    """One line per version, newest first."""
    table = Table("version", "committed", "lane", "told", "by", "bytes", "digest", box=None)
    for one in versions:
        when = one.committed_at.astimezone().isoformat(sep=" ", timespec="milliseconds")
        told = "too much to record" if one.inputs is None else ", ".join(map(_told, one.inputs)) or "nothing new"
        digest = one.digest[:SHOWN_DIGITS]
        table.add_row(str(one.version), when, one.lane or "", told, one.committed_by, str(one.state_bytes), digest)
    return table


def rebuild_lines(rebuild: Rebuild) -> str:
    """Say how a rebuild ended, and where it diverged if it did."""
    what = f"version {rebuild.version} of {rebuild.agent}"
    match rebuild.outcome:
        case "identical":
            return f"{what} is rebuilt {_from(rebuild)}: bit for bit what was committed"
        case "not_compared":
            return f"{what} is rebuilt {_from(rebuild)}, but not compared: {rebuild.reason}"
        case "diverged" if rebuild.divergence is not None:
            return f"{what} diverges: {rebuild.reason}\n" + _divergence(rebuild.divergence)
        case _:
            return f"{what} cannot be rebuilt: {rebuild.reason}"


def _told(one: AgentInput) -> str:
    match one.way:
        case "message":
            return one.type if one.count == 1 else f"{one.count} x {one.type}"
        case "timer":
            return f"reminder {one.name} ({one.type})"
        case "answer":
            return f"answer to {one.name} ({one.type})"
        case _:
            return one.name or one.way


def _from(rebuild: Rebuild) -> str:
    begin = f"version {rebuild.since}" if rebuild.since else "the initial state"
    return f"from {begin} by {rebuild.turns} turn{'' if rebuild.turns == 1 else 's'}"


def _divergence(found: Divergence) -> str:
    if found.path is None:
        return f"  from version {found.version} on; only a digest of what was committed is left, so no field is named"
    seen = f" (seen at version {found.seen_at})" if found.seen_at else ""
    return (
        f"  from version {found.version} on, at {found.path}{seen}\n"
        f"  committed: {found.committed or ABSENT}\n"
        f"  rebuilt:   {found.rebuilt or ABSENT}"
    )
