"""Those outside who tell agents something, or look at what became of it: programs, state machines, operators."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, LetterKind, LetterStatus, held_number
from lambdas.actors.frames import ClientRequest, Frame, encode_frame
from lambdas.actors.lanes import Lane
from lambdas.actors.ports import PromiseRecord
from lambdas.actors.system_messages import DropHeld
from tests.simulation.cast import mailbox_of
from tests.simulation.clock import START
from tests.simulation.messages import Do, Op
from tests.simulation.names import uids_of
from tests.simulation.outside import Outside

LONG_AFTER_SECONDS = 100 * 86_400.0
"""After all deadlines."""


class People:
    """Programs and operators. ``clock`` tells seconds; theirs is right."""

    def __init__(self, outside: Outside, clock: Callable[[], float]) -> None:
        self._outside, self._promises, self._clock = outside, outside.promises, clock
        self.ledger = outside.ledger
        self.outcomes: dict[str, EncodedAnswer] = {}
        """The first outcome that was seen of each promise."""
        self._posted = 0
        self._replayed: set[str] = set()

    def note(self, *words: object) -> None:
        """Add a line to the trace."""

    def post(
        self,
        to: str,
        messages: Sequence[EncodedMessage],
        lane: str = Lane.NORMAL,
        request: ClientRequest | None = None,
    ) -> None:
        """Put a frame of a program into a mailbox."""
        frame = Frame(ActorId.parse(to), tuple(messages), to_lane=lane, request=request)
        self.put(to, encode_frame(frame), lane)

    def put(self, to: str, body: str, lane: str = Lane.NORMAL) -> str:
        """Put a text into a mailbox; answers the id of the mailbox message."""
        return self.put_into(mailbox_of(to, lane), to, body)

    def put_into(self, queue: str, to: str, body: str) -> str:
        """Put a text into the mailbox of that name."""
        self._posted += 1
        record = self._outside.queues.put(queue, to, body, f"client-{self._posted}")
        assert record is not None
        self.note("put", record.message_id, "into", queue, "for", to, body)
        try:
            self.ledger.enqueued(record)
        except ValueError:
            self.ledger.garbage.append(record.message_id)
        return record.message_id

    def tell(self, to: str, *messages: Do, lane: str = Lane.NORMAL, request: ClientRequest | None = None) -> None:
        """Tell an agent something as a program does."""
        for message in messages:
            self.ledger.accept(message.uid, to, mailbox_of(to, lane))
        self.post(to, [encode_message(message) for message in messages], lane, request)

    def tell_again(self, to: str, message: Do, request: ClientRequest) -> None:
        """Repeat a request, as a program does that has no answer."""
        self.post(to, [encode_message(message)], request=request)

    def ask(self, to: str, message: Do, seconds: float, lane: str = Lane.NORMAL) -> None:
        """Ask an agent as a program does: the answer is kept as a promise."""
        deadline = START + timedelta(seconds=self._clock() + seconds)
        self._promises.made[message.uid] = PromiseRecord(message.uid, to, "Do", deadline)
        encoded = encode_message(message)
        self.ledger.accept(message.uid, to, mailbox_of(to, lane), deadline)
        self.post(to, [EncodedMessage(encoded.type, encoded.data, f"promise:{message.uid}", deadline)], lane)

    def ask_for_task(self, to: str, message: Do, seconds: float) -> None:
        """Ask an agent as a state machine does: the answer completes its task."""
        deadline = START + timedelta(seconds=self._clock() + seconds)
        encoded = encode_message(message)
        self.ledger.accept(message.uid, to, mailbox_of(to, Lane.NORMAL), deadline)
        if not any(step.op is Op.HOLD for step in message.steps):
            self.ledger.tasks.append(message.uid)
        self.post(to, [EncodedMessage(encoded.type, encoded.data, f"task:{message.uid}", deadline)])

    def instruct(self, to: str, message: Any, lane: str = Lane.CONTROL) -> None:
        """Tell the runtime of an agent something, as an operator does."""
        self.post(to, [encode_message(message)], lane)

    def open_letters(self, kind: LetterKind) -> list[DecidedLetter]:
        """List letters on which nothing was decided."""
        kept = self._outside.letters.kept.values()
        return [one for one in kept if one.letter.kind is kind and one.decision is None]

    def drop(self, decided: DecidedLetter) -> None:
        """Drop a letter, as an operator does; of a held message its agent is told, which alone can say."""
        letter = decided.letter
        if letter.kind is LetterKind.HELD:
            self.instruct(letter.agent, DropHeld(held_number(letter.letter_id), "operator", "simulated"))
            return
        self.note("operator drops", letter.agent, letter.letter_id)
        self._outside.letters.decide(letter.agent, letter.letter_id, self._decision(LetterStatus.DROPPED))

    def can_replay(self, decided: DecidedLetter) -> bool:
        """Tell whether a letter holds a message that can be read and was not replayed before."""
        letter = decided.letter
        return letter.message_types[:1] == ("Do",) and not self._replayed.intersection(self._uids_of(letter))

    def _uids_of(self, letter: DeadLetter) -> list[str]:
        return uids_of(letter.body or self._outside.claims.kept[letter.claim].decode())  # type: ignore[index]

    def replay(self, decided: DecidedLetter, times: int = 1) -> None:
        """Send the messages of a parked letter again, as an operator does, perhaps one who is impatient."""
        letter = decided.letter
        self._replayed.update(self._uids_of(letter))
        self.note("operator replays", letter.agent, letter.letter_id)
        self._outside.letters.decide(letter.agent, letter.letter_id, self._decision(LetterStatus.REPLAYED))
        body = letter.body or self._outside.claims.kept[letter.claim].decode()  # type: ignore[index]
        lane = letter.lane if letter.lane in {"control", "normal"} else Lane.NORMAL
        queue = mailbox_of(letter.agent, lane)
        for uid in uids_of(body):
            self.ledger.accept_again(uid, letter.agent, queue)
        name = ClientRequest(f"replay {letter.letter_id}", START + timedelta(days=100))
        for _ in range(times):
            self.put(letter.agent, _as_frame(letter.agent, body, name), lane)

    def look_at_promises(self, seconds_later: float = 0.0) -> None:
        """Look at all promises, as programs do, and check that none changes once it has an outcome."""
        for promise_id in self._promises.made:
            answer = self._promises.get(promise_id, START + timedelta(seconds=self._clock() + seconds_later)).answer
            if answer is not None:
                first = self.outcomes.setdefault(promise_id, answer)
                assert answer == first, f"promise {promise_id} had outcome {first} and now has {answer}"

    def check_promises_done(self) -> None:
        """Check that every promise gets its one outcome, the one that was first offered or that it was too late."""
        self.look_at_promises(LONG_AFTER_SECONDS)
        assert self.outcomes.keys() == self._promises.made.keys()
        for promise_id, answer in self.outcomes.items():
            offered = self._promises.offered.get(promise_id, [])
            assert answer in offered or answer.outcome is Outcome.TIMED_OUT, (
                f"{promise_id}: {answer} is not of {offered}"
            )

    def _decision(self, status: LetterStatus) -> Decision:
        return Decision(status, "operator", "simulated", START + timedelta(seconds=self._clock()))


def _as_frame(to: str, body: str, request: ClientRequest) -> str:
    """Make a frame of the messages of a letter."""
    return encode_frame(
        Frame(ActorId.parse(to), msgspec.json.decode(body, type=tuple[EncodedMessage, ...]), request=request)
    )
