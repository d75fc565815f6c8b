"""Brings messages that were held back to their agents, in order.

Whatever lane they came through, they come back through one: between lanes there is no order. It is the control lane
where there is one, so that they are not held up behind new messages, which are only held behind them.
"""

from collections.abc import Collection, Sequence

import msgspec

from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, held_number
from lambdas.actors.frames import Frame
from lambdas.actors.lanes import Lane
from lambdas.actors.outbox import LetterWindow
from lambdas.actors.ports import DeadLetterStore, MailboxSender


def replay_held(windows: Sequence[LetterWindow], letters: DeadLetterStore, mailboxes: MailboxSender) -> Collection[int]:
    """Send the messages of windows to their agents; answer the places of windows of which some did not leave.

    Nothing is sent to an agent of which a window cannot be read whole: what it asks for comes again with all of it.
    """
    frames = {place: _frames(window, letters) for place, window in enumerate(windows)}
    unreadable = {windows[place].agent for place, found in frames.items() if found is None}
    left = [place for place, window in enumerate(windows) if window.agent in unreadable]
    owned = [(place, frame) for place, found in frames.items() if place not in left for frame in found or ()]
    unsent = mailboxes.send([frame for _, frame in owned]) if owned else ()
    return {*left, *(owned[place][0] for place in unsent)}


def _frames(window: LetterWindow, letters: DeadLetterStore) -> list[Frame] | None:
    """Make the frames of a window; None while a letter that was not dropped cannot be found."""
    found = {held_number(kept.letter.letter_id): kept.letter for kept in _letters_of(window, letters)}
    wanted = range(window.first, window.last + 1)
    if any(number not in found and number not in window.dropped for number in wanted):
        return None
    return [_frame(window, number, found.get(number)) for number in wanted]


def _letters_of(window: LetterWindow, letters: DeadLetterStore) -> Sequence[DecidedLetter]:
    return letters.held(str(window.agent), window.first, window.last)


def _frame(window: LetterWindow, number: int, letter: DeadLetter | None) -> Frame:
    """Make the frame of a held message; of one that was dropped and whose letter is gone comes its number alone."""
    if letter is None:
        return Frame(window.agent, (), to_lane=Lane.CONTROL, replays=number)
    messages = _MESSAGES.decode(letter.body) if letter.body else ()
    return Frame(window.agent, messages, to_lane=Lane.CONTROL, claim=letter.claim, replays=number)


_MESSAGES = msgspec.json.Decoder(tuple[EncodedMessage, ...])
