"""Brings messages that were held back to their agents, in order."""

from collections.abc import Collection, Sequence

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import DecidedLetter, LetterStatus, held_number
from lambdas.actors.frames import Frame
from lambdas.actors.outbox import LetterWindow
from lambdas.actors.ports import DeadLetterStore, MailboxSender


def replay_held(windows: Sequence[LetterWindow], letters: DeadLetterStore, mailboxes: MailboxSender) -> Collection[int]:
    """Send the messages of windows to their agents; answer the places of windows of which some did not leave."""
    frames: list[Frame] = []
    window_of: list[int] = []
    incomplete: set[int] = set()
    for place, window in enumerate(windows):
        found = letters.held(str(window.agent), window.first, window.last)
        if len(found) != window.last - window.first + 1:
            incomplete.add(place)
            continue
        frames += [_frame(window.agent, letter) for letter in found]
        window_of += [place] * len(found)
    unsent = mailboxes.send(frames) if frames else ()
    return incomplete | {window_of[place] for place in unsent}


def _frame(agent: ActorId, decided: DecidedLetter) -> Frame:
    """Make the frame of a held message; of one that was dropped only its number comes, so that the next may."""
    letter, number = decided.letter, held_number(decided.letter.letter_id)
    if decided.decision is not None and decided.decision.status is LetterStatus.DROPPED:
        return Frame(agent, (), to_lane=letter.lane, replays=number)
    messages = _MESSAGES.decode(letter.body) if letter.body else ()
    return Frame(agent, messages, to_lane=letter.lane, claim=letter.claim, replays=number)


_MESSAGES = msgspec.json.Decoder(tuple[EncodedMessage, ...])
