"""The reckoning: what must hold once faults have ended and all has drained."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.behavior import Behavior
from lambdas.actors.dead_letters import DecidedLetter, LetterKind, LetterStatus, refused_letter_id
from lambdas.actors.journal import entry_of
from lambdas.actors.journal_rebuild import Rebuilt, rebuild
from lambdas.actors.letters import TIMER_LANE
from tests.simulation.accounts import Message
from tests.simulation.clock import START
from tests.simulation.ledger import Ledger
from tests.simulation.names import uids_of


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Compares what was accepted with what became of it."""

    ledger: Ledger

    def check(self) -> None:
        """Check conservation and that nobody waits for anything."""
        self._check_nobody_waits()
        self._check_all_accounted_for()
        self._check_letters()
        self._check_all_left()

    def check_journal(self, behaviors: Mapping[str, Behavior[Any]]) -> None:
        """Check that the journal rebuilds the last version of each agent."""
        for agent, items in self.ledger.items.items():
            entries = [entry_of(item, START) for item in items]
            rebuilt = rebuild(behaviors[agent.kind], agent, entries, entries[-1].version, self.ledger.claims.kept)
            assert isinstance(rebuilt, Rebuilt), f"{agent}: {rebuilt}"
            assert rebuilt.state == (self.ledger.records[agent].state or ""), f"{agent} is rebuilt as {rebuilt.state}"

    def _check_nobody_waits(self) -> None:
        """Check that all agents run, and that no reminder or question is left."""
        for record in self.ledger.records.values():
            assert record.status is AgentStatus.RUNNING, f"{record.agent} is {record.status} for ever: {record.holding}"
            assert not record.timers, f"{record.agent}: reminders {list(record.timers)} never fired"
            assert not record.asks, f"{record.agent}: questions {list(record.asks)} have no outcome"

    def _check_all_accounted_for(self) -> None:
        """Check conservation: what was accepted was applied, parked, refused, dropped or expired, each once."""
        kept = self.ledger.letters.kept.values()
        set_aside = Counter(uid for letter in kept for uid in self._fates_of(letter))
        held = {uid for letter in kept if letter.letter.kind is LetterKind.HELD for uid in self._uids_of(letter)}
        for uid, message in self.ledger.messages.items():
            fates = message.applied + set_aside[uid]
            if fates == message.told or (message.may_be_lost and fates == 0):
                continue
            has_expired = fates == message.told - 1 and self._has_expired(message, was_held=uid in held)
            assert has_expired, (
                f"{uid} for {message.to} was accepted {message.told} times, applied {message.applied} times"
                f" and set aside {set_aside[uid]} times"
            )
            self.ledger.branches["expire"] += 1

    def _has_expired(self, message: Message, *, was_held: bool) -> bool:
        """Tell whether a message was of no use any more when its agent came to it."""
        if message.expires is None or message.position is None:
            return False
        passes = self.ledger.passes.get((message.to, message.queue), [])
        if was_held:
            passes = [one for ones in self.ledger.passes.values() for one in ones if one.agent == message.to]
            return any(one.now >= message.expires for one in passes)
        return any(one.now >= message.expires for one in passes if one.concerns(message.position[0]))

    def _check_letters(self) -> None:
        """Check that nothing is held for ever, nothing unreadable is gone unseen, and all tasks have their answer."""
        ledger = self.ledger
        for decided in ledger.letters.kept.values():
            is_open = decided.letter.kind is LetterKind.HELD and decided.decision is None
            assert not is_open, f"{decided.letter.letter_id} of {decided.letter.agent} is held for ever"
        for task_token in ledger.tasks:
            assert task_token in ledger.completed, f"task {task_token} was never completed"
        refused = {letter_id for _, letter_id in ledger.letters.kept}
        for message_id in ledger.garbage:
            assert refused_letter_id(message_id) in refused, f"{message_id} cannot be read, and no letter tells of it"

    def _check_all_left(self) -> None:
        """Check that whatever was committed has left at least once."""
        kept = self.ledger.outgoing - self.ledger.left
        assert not kept, f"committed and never let out: {kept}"
        frames = self.ledger.frames.keys() - self.ledger.frames_left
        assert not frames, f"frames committed and never sent: {frames}"

    def _fates_of(self, decided: DecidedLetter) -> Iterable[str]:
        """Name the messages that a letter accounts for; one that was held is accounted for when it is dropped.

        Reminders are no messages, and are not accounted for here: one that ticks may fail at every tick.
        """
        letter, decision = decided.letter, decided.decision
        if letter.letter_id.startswith(f"parked/{TIMER_LANE}/"):
            return []
        if letter.kind is LetterKind.HELD and (decision is None or decision.status is not LetterStatus.DROPPED):
            return []
        return self._uids_of(decided)

    def _uids_of(self, decided: DecidedLetter) -> list[str]:
        """Name the messages in a letter; of a frame whose claim was gone, those that were not handled before."""
        letter = decided.letter
        if letter.claim is None:
            return uids_of(letter.body)
        uids = uids_of(self.ledger.claims.kept[letter.claim].decode())
        is_whole_frame = letter.kind is LetterKind.PARKED and not letter.message_types
        return uids[int(letter.letter_id.rpartition("/")[2]) :] if is_whole_frame else uids
