"""What the simulated world keeps besides the queues: items, claims, marks, letters, promises."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.claims import Claim
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, SettledLetter, held_letter_id
from lambdas.actors.outbox import EvictedMark, PromiseOutcome
from lambdas.actors.ports import CommitOutcome, CommitStatus, PromiseRecord

OnCommit = Callable[[AgentItem | None, AgentItem], None]
"""Is shown the item before a commit and the one committed."""


@dataclass
class Items:
    """The agents table: one item an agent, written only from the version it was read at."""

    on_commit: OnCommit
    stored: dict[ActorId, AgentItem] = field(default_factory=dict)

    def load(self, agents: Sequence[ActorId]) -> dict[ActorId, AgentItem]:
        return {agent: dict(self.stored[agent]) for agent in agents if agent in self.stored}

    def commit(self, item: AgentItem) -> CommitOutcome:
        agent = ActorId.parse(item["agent"])
        before = self.stored.get(agent)
        version = before["version"] if before else 0
        if self.is_fenced(version, item):
            is_own = (
                before is not None and version == item["version"] and before["committed_by"] == item["committed_by"]
            )
            return CommitOutcome(CommitStatus.COMMITTED if is_own else CommitStatus.FENCED)
        self.stored[agent] = dict(item)
        self.on_commit(before, item)
        return CommitOutcome(CommitStatus.COMMITTED)

    def is_fenced(self, version: int, item: AgentItem) -> bool:
        """Tell whether an item was made of another version than the stored one."""
        return bool(version != item["version"] - 1)


@dataclass
class Marks:
    """The marks that were evicted from items; of one name the highest."""

    kept: dict[tuple[ActorId, str], int] = field(default_factory=dict)

    def read(self, names: Collection[tuple[ActorId, str]]) -> dict[tuple[ActorId, str], int]:
        return {name: self.kept[name] for name in names if name in self.kept}

    def remember(self, mark: EvictedMark) -> None:
        name = (mark.agent, mark.name)
        self.kept[name] = max(mark.sequence, self.kept.get(name, 0))


@dataclass
class Letters:
    """Dead letters and what was decided on them."""

    kept: dict[tuple[str, str], DecidedLetter] = field(default_factory=dict)

    def park(self, letter: DeadLetter) -> None:
        self.kept.setdefault((letter.agent, letter.letter_id), DecidedLetter(letter))

    def held(self, agent: str, first: int, last: int) -> list[DecidedLetter]:
        names = [(agent, held_letter_id(number)) for number in range(first, last + 1)]
        return [self.kept[name] for name in names if name in self.kept]

    def settle(self, settled: SettledLetter) -> None:
        name = (settled.agent, held_letter_id(settled.number))
        kept = self.kept.get(name)
        if kept is not None and kept.decision is None:
            self.kept[name] = DecidedLetter(kept.letter, settled.decision)

    def decide(self, agent: str, letter_id: str, decision: Decision) -> None:
        decided = self.kept[agent, letter_id]
        assert decided.decision is None, f"{letter_id} of {agent} was decided on before"
        self.kept[agent, letter_id] = DecidedLetter(decided.letter, decision)


@dataclass
class Promises:
    """Promises to programs; the first outcome stays."""

    made: dict[str, PromiseRecord] = field(default_factory=dict)
    offered: dict[str, list[EncodedAnswer]] = field(default_factory=dict)
    """All outcomes that were ever offered, in order."""

    def keep(self, outcome: PromiseOutcome) -> None:
        self.offered.setdefault(outcome.promise_id, []).append(outcome.answer)
        self.settle(outcome.promise_id, outcome.answer)

    def settle(self, promise_id: str, answer: EncodedAnswer) -> None:
        """Give a promise its outcome, if it has none."""
        promise = self.made.get(promise_id)
        if promise is not None and promise.answer is None:
            self._give(promise, answer)

    def get(self, promise_id: str, now: datetime) -> PromiseRecord:
        if now >= self.made[promise_id].deadline:
            self.settle(promise_id, EncodedAnswer(Outcome.TIMED_OUT))
        return self.made[promise_id]

    def _give(self, promise: PromiseRecord, answer: EncodedAnswer) -> None:
        self.made[promise.promise_id] = PromiseRecord(
            promise.promise_id, promise.agent, promise.message_type, promise.deadline, answer
        )


@dataclass
class Claims:
    """Contents by their digest. Those that were spoiled are gone or altered, until they are put again."""

    kept: dict[Claim, bytes] = field(default_factory=dict)
    spoiled: dict[Claim, bytes | None] = field(default_factory=dict)

    def put(self, contents: Mapping[Claim, bytes]) -> None:
        self.kept.update(contents)
        for claim in contents:
            self.spoiled.pop(claim, None)

    def get(self, claims: Collection[Claim]) -> Mapping[Claim, bytes]:
        found = {claim: self.spoiled.get(claim, self.kept[claim]) for claim in claims if claim in self.kept}
        return {claim: content for claim, content in found.items() if content is not None}

    def spoil(self) -> None:
        """Lose or alter all that is kept so far, by turns."""
        for place, claim in enumerate(self.kept):
            self.spoiled[claim] = None if place % 2 else b"altered"
