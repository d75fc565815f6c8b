"""Reads the journals of agents, and rebuilds their versions."""

from typing import Any, assert_never

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.journal import SNAPSHOT_EVERY, JournalEntry, claims_named
from lambdas.actors.journal_rebuild import Diverged, Incomplete, Rebuilt, rebuild
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue, Told, ToldByClaim, TurnInput
from lambdas.agents.agent_spec import AgentSpec
from lambdas.api.agent_reading import TOKEN, without_tokens
from lambdas.api.errors import NotFoundError, unknown
from lambdas.api.message_reading import known_spec
from lambdas.api.views.agent_journal import (
    DivergenceView,
    InputView,
    InputWay,
    JournalEntryView,
    JournalPageView,
    RebuildOutcome,
    RebuildView,
)
from lambdas.wiring.operator_api import OperatorPorts


def journal_page(ports: OperatorPorts, agent: ActorId, limit: int, cursor: str | None) -> JournalPageView:
    """List the versions of an agent; raises NotFoundError for one that never committed."""
    _journaled_spec(agent)
    page = ports.journal.page(agent, limit, cursor)
    if not page.entries and cursor is None and ports.agents.get(agent) is None:
        raise _unknown_agent(agent)
    return JournalPageView(agent=str(agent), entries=[_entry_view(entry) for entry in page.entries], cursor=page.cursor)


def rebuilt_version(ports: OperatorPorts, agent: ActorId, version: int) -> RebuildView:
    """Rebuild a version of an agent; raises NotFoundError for one that was never committed."""
    spec = _journaled_spec(agent)
    snapshot = ports.agents.get(agent)
    if snapshot is None:
        raise _unknown_agent(agent)
    if version > snapshot.version:
        remedy = f"{agent} has the versions 1 to {snapshot.version}; ask for one of these."
        raise unknown("version", str(version), field="version", remedy=remedy)
    entries = tuple(ports.journal.lead_up(agent, version))
    outcome = _run(ports, spec, agent, entries, version)
    if isinstance(outcome, Diverged) and outcome.path is None:
        later = tuple(ports.journal.span(agent, version + 1, version + SNAPSHOT_EVERY))
        outcome = _run(ports, spec, agent, (*entries, *later), version)
    return _rebuild_view(agent, version, outcome)


def _run(
    ports: OperatorPorts, spec: AgentSpec, agent: ActorId, entries: tuple[JournalEntry, ...], version: int
) -> Rebuilt | Diverged | Incomplete:
    named = claims_named(entries)
    claims = ports.claims.get(named) if named else {}
    return rebuild(spec.behavior, agent, entries, version, claims)


def _journaled_spec(agent: ActorId) -> AgentSpec:
    spec = known_spec(agent.kind)
    if not spec.is_journaled:
        raise NotFoundError(
            "not_journaled",
            f"versions of agents of kind {agent.kind!r} are not kept",
            field="kind",
            remedy="Set is_journaled in the registry of agents; versions committed from then on are kept.",
        )
    return spec


def _unknown_agent(agent: ActorId) -> NotFoundError:
    return unknown("agent", str(agent), field="key", remedy=f"GET /v1/agents?kind={agent.kind} lists the agents.")


def _entry_view(entry: JournalEntry) -> JournalEntryView:
    turn = entry.turn
    return JournalEntryView(
        version=entry.version,
        committed_at=turn.now if turn else entry.committed_at,
        committed_by=entry.committed_by,
        lane=turn.lane if turn else None,
        inputs=None if turn is None else [view for made in turn.inputs for view in _input_views(made)],
        state_schema=entry.schema,
        state_bytes=entry.state_bytes,
        digest=entry.digest,
        has_state=entry.state is not None,
    )


def _input_views(made: TurnInput) -> list[InputView]:
    match made:
        case Told():
            return [InputView(way=InputWay.MESSAGE, type=made.type)]
        case ToldByClaim():
            return [InputView(way=InputWay.MESSAGE, type=name, count=count) for name, count in made.types.items()]
        case TimerDue():
            return [InputView(way=InputWay.TIMER, type=made.type, name=made.name)]
        case Answered():
            return [InputView(way=InputWay.ANSWER, type=made.answer.outcome, name=made.continuation)]
        case Begun():
            return [InputView(way=InputWay.BEGUN, type="", name=f"incarnation {made.incarnation}")]
        case _:
            assert_never(made)


def _rebuild_view(agent: ActorId, version: int, outcome: Rebuilt | Diverged | Incomplete) -> RebuildView:
    match outcome:
        case Rebuilt():
            return RebuildView(
                agent=str(agent),
                version=version,
                outcome=RebuildOutcome.IDENTICAL if outcome.is_compared else RebuildOutcome.NOT_COMPARED,
                reason=None if outcome.is_compared else "only a digest in an older schema is left to compare it with",
                since=outcome.since,
                turns=outcome.turns,
                state=_plain_state(outcome.state),
            )
        case Incomplete():
            return RebuildView(
                agent=str(agent), version=version, outcome=RebuildOutcome.INCOMPLETE, reason=outcome.reason
            )
        case Diverged():
            return RebuildView(
                agent=str(agent),
                version=version,
                outcome=RebuildOutcome.DIVERGED,
                reason=outcome.reason,
                divergence=_divergence_view(outcome),
            )
        case _:
            assert_never(outcome)


def _divergence_view(diverged: Diverged) -> DivergenceView:
    return DivergenceView(
        version=diverged.version,
        path=diverged.path,
        committed=_plain_text(diverged.path, diverged.committed),
        rebuilt=_plain_text(diverged.path, diverged.rebuilt),
        seen_at=diverged.seen_at,
    )


def _plain_state(state: str) -> dict[str, Any]:
    """Decode a state without its task tokens; an agent that has not reacted to anything has none."""
    plain: dict[str, Any] = without_tokens(msgspec.json.decode(state)) if state else {}
    return plain


def _plain_text(path: str | None, text: str | None) -> str | None:
    """Show what stands at a path of a state, without task tokens."""
    if text is None:
        return None
    if path is not None and path.endswith(f".{TOKEN}"):
        return '"(a task token)"'
    return msgspec.json.encode(without_tokens(msgspec.json.decode(text))).decode()
