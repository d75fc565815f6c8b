"""The turn loop: GROUP, LOAD, FILTER, RUN, COMMIT, FLUSH, ACK for one batch of mailbox messages.

Nothing leaves before its commit, and no message is acknowledged before what it caused has left. Whatever
crashes in between, the message comes again and finds the stored outbox. Loading, committing and sending take one
call each for all agents of the batch.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.agent_item import AgentItem, ItemFormatError, from_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.behavior import Behavior
from lambdas.actors.codec import BehaviorCodec
from lambdas.actors.draft import AgentKind
from lambdas.actors.failures import MAX_ATTEMPTS, retry_delay
from lambdas.actors.flush import Flush, FlushPorts
from lambdas.actors.group_run import Group, GroupRun, LookedUp, ReadGroup, read_group, run_group
from lambdas.actors.lanes import Lane
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import (
    ClaimStore,
    CommitOutcome,
    CommitStatus,
    MarkStore,
    PortUnavailableError,
    RetryDelays,
    StateStore,
)
from lambdas.actors.reach import Reach
from lambdas.actors.turn_failure import TurnFailure
from lambdas.actors.turn_report import TurnReport
from lambdas.actors.unaddressed import set_aside

S = TypeVar("S")

REDO_LIMIT = 3
"""How often a turn that lost the fence to another one is done again before its messages are sent back."""

CONTROL_REDO_LIMIT = 10
"""The same in the control lane: a command must win soon against a normal lane that commits every few milliseconds."""

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


@dataclass(frozen=True, slots=True)
class RuntimePorts:
    """What the turn loop works with."""

    store: StateStore
    claims: ClaimStore
    marks: MarkStore
    flush: FlushPorts
    delays: RetryDelays


@dataclass(frozen=True, slots=True)
class Batch:
    """One invocation: when it is, and what tells it from all others."""

    now: datetime
    token: str
    lane: str


class TurnLoop(Generic[S]):
    """Runs the agents of one kind over batches of one mailbox. Keeps nothing from one batch to the next."""

    def __init__(
        self,
        behavior: Behavior[S],
        reach: Reach,
        ports: RuntimePorts,
        random_share: Callable[[], float],
        *,
        is_journaled: bool = True,
    ) -> None:
        self._behavior = behavior
        self._codec = BehaviorCodec(behavior)
        self._reach = reach
        self._ports = ports
        self._random_share = random_share
        self._is_journaled = is_journaled

    def handle(
        self, messages: Sequence[MailboxRecord], now: datetime, token: str, lane: str = Lane.NORMAL
    ) -> TurnReport:
        """Handle a batch that came through one lane; the report names the messages that must come again.

        ``token`` names this invocation and no other: it tells its own commits from those of others.
        """
        batch = Batch(now, token, lane)
        groups, report = self._grouped(messages, batch)
        runs, report = self._committed(groups, report, batch)
        report = self._flushed(groups, runs, report, batch)
        self._postpone(messages, runs, report)
        return report

    def _grouped(self, messages: Sequence[MailboxRecord], batch: Batch) -> tuple[dict[ActorId, Group], TurnReport]:
        """GROUP by agent; what is for no agent of this kind becomes a dead letter."""
        groups: dict[ActorId, Group] = {}
        unaddressed: list[tuple[MailboxRecord, Exception]] = []
        for message in messages:
            try:
                agent = self._agent_of(message)
            except (ActorIdError, WrongMailboxError) as error:
                unaddressed.append((message, error))
            else:
                before = groups[agent].messages if agent in groups else ()
                groups[agent] = Group(agent, (*before, message))
        report = TurnReport(messages=len(messages), agents=len(groups))
        return groups, self._refused(unaddressed, report, batch)

    def _agent_of(self, message: MailboxRecord) -> ActorId:
        agent = ActorId.parse(message.agent)
        if agent.kind != self._behavior.kind:
            raise WrongMailboxError(f"message for {agent} came to agents of kind {self._behavior.kind!r}")
        return agent

    def _refused(
        self, messages: Sequence[tuple[MailboxRecord, Exception]], report: TurnReport, batch: Batch
    ) -> TurnReport:
        """Make dead letters of messages that no agent here can take; those that cannot be kept come again."""
        kept = set_aside(messages, self._ports.flush.letters, self._ports.claims, batch.lane, batch.now)
        for (message, error), is_kept in zip(messages, kept, strict=True):
            failure = TurnFailure(message.agent, message.message_id, error)
            report = report.with_failure(failure, () if is_kept else [message.message_id])
        parked = sum(is_kept for (_, error), is_kept in zip(messages, kept, strict=True) if _is_of_an_agent(error))
        turns = report.turns
        counts = replace(turns, parked=turns.parked + parked, refused=turns.refused + sum(kept) - parked)
        return replace(report, turns=counts)

    def _committed(
        self, groups: Mapping[ActorId, Group], report: TurnReport, batch: Batch
    ) -> tuple[dict[ActorId, GroupRun], TurnReport]:
        """LOAD, FILTER, RUN and COMMIT until every turn is committed, failed or out of tries."""
        committed: dict[ActorId, GroupRun] = {}
        pending = dict(groups)
        redos = CONTROL_REDO_LIMIT if batch.lane == Lane.CONTROL else REDO_LIMIT
        for attempt in range(1 + redos):
            if not pending:
                break
            report = replace(report, redone=report.redone + (len(pending) if attempt else 0))
            try:
                read, report = self._read(pending, report, batch)
                runs = self._run(read, batch)
                outcomes = self._commit(runs)
            except PortUnavailableError as error:
                return committed, _sent_back(report, pending.values(), error)
            done: dict[ActorId, GroupRun] = {}
            for agent, outcome in outcomes.items():
                if outcome.status is CommitStatus.FENCED:
                    continue
                group = pending.pop(agent)
                if outcome.status is CommitStatus.FAILED:
                    report = _sent_back(report, [group], CommitFailedError(outcome.reason))
                else:
                    done[agent] = runs[agent]
            committed |= done
            report = report.with_runs(tuple(done.values()))
        lost = FenceLostError(f"other turns of the agent were first, also after {redos} redos")
        return committed, _sent_back(report, pending.values(), lost)

    def _read(
        self, pending: dict[ActorId, Group], report: TurnReport, batch: Batch
    ) -> tuple[dict[ActorId, ReadGroup], TurnReport]:
        """LOAD; agents whose item cannot be read leave ``pending``."""
        items = self._ports.store.load(tuple(pending))
        read: dict[ActorId, ReadGroup] = {}
        for agent, group in list(pending.items()):
            try:
                read[agent] = read_group(group, _record(agent, items.get(agent)), batch.lane)
            except ItemFormatError as error:
                report = self._unreadable(pending.pop(agent), error, report, batch)
        return read, report

    def _unreadable(self, group: Group, error: ItemFormatError, report: TurnReport, batch: Batch) -> TurnReport:
        """Try messages of an agent whose item cannot be read a few times, then keep them for when it is repaired.

        Nothing can be counted in such an item, so SQS counts.
        """
        if group.messages[0].receives < MAX_ATTEMPTS:
            return _sent_back(report, [group], error)
        return self._refused([(message, error) for message in group.messages], report, batch)

    def _run(self, read: Mapping[ActorId, ReadGroup], batch: Batch) -> dict[ActorId, GroupRun]:
        kind = AgentKind(self._behavior, self._codec, self._reach, batch.lane, self._is_journaled)
        looked_up = self._look_up(read.values())
        return {agent: run_group(kind, group, looked_up, batch.now, batch.token) for agent, group in read.items()}

    def _look_up(self, read: Iterable[ReadGroup]) -> LookedUp:
        """Fetch what messages have left elsewhere, and marks for which items have no room; mostly there is neither.

        Marks are read after the items: one that was evicted before an item was loaded is in its outboxes or here, and
        one that was evicted later makes the commit lose the fence.
        """
        groups = list(read)
        claims = {claim for group in groups for claim in group.claims()}
        names = {name for group in groups for name in group.names()}
        contents = self._ports.claims.get(claims) if claims else {}
        return LookedUp(
            {claim.sha256: content for claim, content in contents.items()},
            self._ports.marks.read(names) if names else {},
        )

    def _commit(self, runs: Mapping[ActorId, GroupRun]) -> Mapping[ActorId, CommitOutcome]:
        """Commit what has something to commit; what has not counts as committed."""
        claims = {claim: content for run in runs.values() for claim, content in run.claims.items()}
        if claims:
            self._ports.claims.put(claims)
        items = [run.next_item for run in runs.values() if run.next_item is not None]
        answered = self._ports.store.commit(items) if items else {}
        return {
            agent: _COMMITTED if run.next_item is None else answered.get(agent, _UNANSWERED)
            for agent, run in runs.items()
        }

    def _flushed(
        self, groups: Mapping[ActorId, Group], runs: Mapping[ActorId, GroupRun], report: TurnReport, batch: Batch
    ) -> TurnReport:
        """FLUSH, and send back all messages of agents whose outbox did not leave whole."""
        flush = Flush({agent: run.outbox for agent, run in runs.items()}, self._ports.flush)
        flush.run(batch.now)
        flush.send_loose([frame for agent, run in runs.items() if agent not in flush.failed for frame in run.loose])
        report = replace(report, left=flush.left)
        for agent, reason in flush.failed.items():
            report = _sent_back(report, [groups[agent]], FlushFailedError(reason))
        return report

    def _postpone(
        self, messages: Sequence[MailboxRecord], runs: Mapping[ActorId, GroupRun], report: TurnReport
    ) -> None:
        """Let messages come again when it may help: all of one agent at one time, so that none overtakes another."""
        if not report.unhandled:
            return
        unhandled = set(report.unhandled)
        attempts = {str(agent): run.retry_attempt for agent, run in runs.items() if run.unhandled}
        delay_of: dict[str, timedelta] = {}
        delays: list[tuple[MailboxRecord, timedelta]] = []
        for message in messages:
            if message.message_id not in unhandled:
                continue
            if message.agent not in delay_of:
                attempt = attempts.get(message.agent, message.receives)
                delay_of[message.agent] = retry_delay(attempt, self._random_share()) if attempt else timedelta(0)
            delays.append((message, delay_of[message.agent]))
        self._ports.delays.postpone(delays)


def _record(agent: ActorId, item: AgentItem | None) -> AgentRecord:
    return AgentRecord(agent) if item is None else from_item(item)


def _is_of_an_agent(error: Exception) -> bool:
    """Tell a message whose agent cannot be read from one that is for no agent here."""
    return isinstance(error, ItemFormatError)


def _sent_back(report: TurnReport, groups: Iterable[Group], error: Exception) -> TurnReport:
    for group in groups:
        failure = TurnFailure(str(group.agent), group.message_ids[0], error)
        report = report.with_failure(failure, group.message_ids)
    return report
