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


def faults_of(call: CallKind) -> tuple[Fault, ...]:
    """Name the faults that a call can suffer."""
    if call in HAS_NO_PARTS:
        return tuple(fault for fault in FAULTS if fault is not Fault.PARTIAL)
    return FAULTS
