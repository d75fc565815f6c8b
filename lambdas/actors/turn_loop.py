"""The turn loop: GROUP, LOAD, FILTER, RUN, COMMIT, FLUSH, ACK for one batch of mailbox messages.

Nothing leaves before its commit, and no message is acknowledged before what it caused has left. Whatever
crashes in between, the message comes again and finds the stored outbox. Loading, committing and sending take one
call each for all agents of the batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.behavior import Behavior
from lambdas.actors.codec import BehaviorCodec
from lambdas.actors.flush import Flush, FlushPorts
from lambdas.actors.group_run import Group, GroupRun, run_group
from lambdas.actors.lanes import NORMAL_LANE
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import CommitOutcome, CommitStatus, PortUnavailableError, StateStore
from lambdas.actors.reach import Reach
from lambdas.actors.turn_in_progress import AgentKind, TurnFailure
from lambdas.actors.turn_report import TurnReport

S = TypeVar("S")

REDO_LIMIT = 3
"""How often a turn that lost the fence to another one is done again before its messages are sent back."""

Groups = Mapping[ActorId, Group]

_COMMITTED = CommitOutcome(CommitStatus.COMMITTED)
_UNANSWERED = CommitOutcome(CommitStatus.FAILED, "the store said nothing of it")


class WrongMailboxError(ValueError):
    """A message came through the mailbox of another kind of agent; its sender must be mended."""


class FenceLostError(Exception):
    """Other turns of the agent were faster again and again; its messages come back and are tried later."""


class CommitFailedError(Exception):
    """The agent's record was not written; its messages come back."""


class FlushFailedError(Exception):
    """Not all that the turn caused has left; its messages come back and bring the rest out."""


class TurnLoop(Generic[S]):
    """Runs the agents of one kind over batches of one mailbox. Keeps nothing from one batch to the next."""

    def __init__(
        self, behavior: Behavior[S], reach: Reach, store: StateStore, flush_ports: FlushPorts, lane: str = NORMAL_LANE
    ) -> None:
        self._kind = AgentKind(behavior, BehaviorCodec(behavior), reach, lane)
        self._store = store
        self._flush_ports = flush_ports

    def handle(self, messages: Sequence[MailboxRecord], now: datetime, token: str) -> TurnReport:
        """Handle a batch; the report names the messages that must come again.

        ``token`` names this invocation and no other: it tells its own commits from those of others.
        """
        groups, report = self._grouped(messages)
        runs, report = self._committed(groups, report, now, token)
        return self._flushed(groups, runs, report, now)

    def _grouped(self, messages: Sequence[MailboxRecord]) -> tuple[Groups, TurnReport]:
        """GROUP by agent; what is for no agent of this kind comes again until someone looks at its failure."""
        groups: dict[ActorId, Group] = {}
        report = TurnReport(messages=len(messages))
        for message in messages:
            try:
                agent = self._agent_of(message)
            except (ActorIdError, WrongMailboxError) as error:
                failure = TurnFailure(message.agent, message.message_id, error)
                report = report.with_failure(failure, [message.message_id])
            else:
                before = groups[agent].messages if agent in groups else ()
                groups[agent] = Group(agent, (*before, message))
        return groups, replace(report, agents=len(groups))

    def _agent_of(self, message: MailboxRecord) -> ActorId:
        agent = ActorId.parse(message.agent)
        if agent.kind != self._kind.behavior.kind:
            raise WrongMailboxError(f"message for {agent} came to agents of kind {self._kind.behavior.kind!r}")
        return agent

    def _committed(
        self, groups: Groups, report: TurnReport, now: datetime, token: str
    ) -> tuple[dict[ActorId, GroupRun], TurnReport]:
        """LOAD, FILTER, RUN and COMMIT until every turn is committed, failed or out of tries."""
        committed: dict[ActorId, GroupRun] = {}
        pending = dict(groups)
        for attempt in range(1 + REDO_LIMIT):
            if not pending:
                break
            report = replace(report, redone=report.redone + (len(pending) if attempt else 0))
            try:
                runs = self._run(pending, now, token)
                outcomes = self._commit(runs)
            except PortUnavailableError as error:
                return committed, _sent_back(report, pending.values(), error)
            for agent, outcome in outcomes.items():
                if outcome.status is CommitStatus.FENCED:
                    continue
                group = pending.pop(agent)
                if outcome.status is CommitStatus.FAILED:
                    report = _sent_back(report, [group], CommitFailedError(outcome.reason))
                else:
                    committed[agent] = runs[agent]
                    report = report.with_run(runs[agent])
        lost = FenceLostError(f"other turns of the agent were first, also after {REDO_LIMIT} redos")
        return committed, _sent_back(report, pending.values(), lost)

    def _run(self, groups: Groups, now: datetime, token: str) -> dict[ActorId, GroupRun]:
        items = self._store.load(tuple(groups))
        return {agent: run_group(self._kind, group, items.get(agent), now, token) for agent, group in groups.items()}

    def _commit(self, runs: Mapping[ActorId, GroupRun]) -> Mapping[ActorId, CommitOutcome]:
        """Commit what has something to commit; what has not counts as committed."""
        items = [run.next_item for run in runs.values() if run.next_item is not None]
        answered = self._store.commit(items) if items else {}
        return {
            agent: _COMMITTED if run.next_item is None else answered.get(agent, _UNANSWERED)
            for agent, run in runs.items()
        }

    def _flushed(
        self, groups: Groups, runs: Mapping[ActorId, GroupRun], report: TurnReport, now: datetime
    ) -> TurnReport:
        """FLUSH, and send back all messages of agents whose outbox did not leave whole."""
        flush = Flush({agent: run.outbox for agent, run in runs.items()}, self._flush_ports)
        flush.run(now)
        report = replace(report, left=flush.left)
        for agent, reason in flush.failed.items():
            report = _sent_back(report, [groups[agent]], FlushFailedError(reason))
        return report


def _sent_back(report: TurnReport, groups: Iterable[Group], error: Exception) -> TurnReport:
    for group in groups:
        failure = TurnFailure(str(group.agent), group.message_ids[0], error)
        report = report.with_failure(failure, group.message_ids)
    return report
