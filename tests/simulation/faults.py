"""What may go wrong with a call to the outside."""

from enum import StrEnum


class Fault(StrEnum):
    """One way in which a call fails."""

    NONE = "none"
    CRASH_BEFORE = "crash before"
    """The process dies; the call is not made."""
    CRASH_AFTER = "crash after"
    """The call is made, then the process dies."""
    REFUSED = "refused"
    """The call is not made, and the caller is told so."""
    ANSWER_LOST = "answer lost"
    """The call is made, and the caller is told that it failed."""
    PARTIAL = "partial"
    """Some entries of the call fail; some of these are done all the same."""


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)
CRASHES = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)


class CallKind(StrEnum):
    """The calls that an invocation makes, by the port they go through."""

    LOAD = "load"
    COMMIT = "commit"
    CLAIMS_PUT = "claims put"
    CLAIMS_GET = "claims get"
    MARKS_READ = "marks read"
    MARKS_REMEMBER = "marks remember"
    LETTERS_PARK = "letters park"
    LETTERS_HELD = "letters held"
    LETTERS_SETTLE = "letters settle"
    SEND = "send"
    SCHEDULE = "schedule"
    PUBLISH = "publish"
    HAND_OVER = "hand over"
    KEEP = "keep"
    COMPLETE = "complete"
    POSTPONE = "postpone"
    ACKNOWLEDGE = "acknowledge"


HAS_NO_PARTS = frozenset({CallKind.LOAD, CallKind.CLAIMS_GET, CallKind.MARKS_READ, CallKind.LETTERS_HELD})
"""Calls that are answered whole or not at all."""


OFTEN_MADE = frozenset({CallKind.LOAD, CallKind.COMMIT, CallKind.SEND, CallKind.ACKNOWLEDGE, CallKind.POSTPONE})
SELDOM_MADE_WEIGHT = 4
"""Calls that are seldom made go wrong so much more often, so that their faults are met as often as others."""


def weight_of(call: CallKind) -> int:
    """Say how much more often than others a call goes wrong."""
    return 1 if call in OFTEN_MADE else SELDOM_MADE_WEIGHT


def faults_of(call: CallKind) -> tuple[Fault, ...]:
    """Name the faults that a call can suffer."""
    if call in HAS_NO_PARTS:
        return tuple(fault for fault in FAULTS if fault is not Fault.PARTIAL)
    return FAULTS
