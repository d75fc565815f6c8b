"""Works off calls to the outside: asks the circuit, posts, judges the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lambdas.actors.call_outs import (
    Again,
    Answer,
    Done,
    NotSent,
    Refused,
    WaitingCall,
    is_failure,
    is_out_of_time,
    letter_of,
    verdict,
    wait_before,
)
from lambdas.actors.circuit_breaker import CircuitBreaker, Free, Held, Probe
from lambdas.actors.dead_letters import DeadLetter, LetterKind
from lambdas.actors.failures import retry_delay
from lambdas.actors.ports import DeadLetterStore, Destinations, PortUnavailableError

UNAVAILABLE_WAIT = timedelta(seconds=5)
"""How long a call waits when the circuits cannot be read or a letter cannot be kept."""


@dataclass(slots=True)
class CallOutReport:
    """What one batch has come to, by message id."""

    done: list[str] = field(default_factory=list)
    again: dict[str, timedelta] = field(default_factory=dict)
    """Those that must come again, and after which wait."""
    given_up: dict[str, DeadLetter] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a call must come again, for the log."""
    held_by: set[str] = field(default_factory=set)
    """Destinations that were left alone because their circuit is open."""
    opened: set[str] = field(default_factory=set)
    """Destinations whose circuit these calls opened."""


class CallOutWorker:
    """Tries calls. Keeps nothing from one batch to the next but what the circuit breaker knows."""

    def __init__(
        self,
        destinations: Destinations,
        breaker: CircuitBreaker,
        letters: DeadLetterStore,
        clock: Callable[[], datetime],
        random_share: Callable[[], float],
    ) -> None:
        self._destinations = destinations
        self._breaker = breaker
        self._letters = letters
        self._clock = clock
        self._random_share = random_share

    def handle(self, waiting: Sequence[WaitingCall], token: str) -> CallOutReport:
        """Try calls; ``token`` names this invocation and no other."""
        report = CallOutReport()
        permits = self._permits(waiting, token, report)
        tried = [call for call in waiting if call.message_id in permits]
        answers = dict(zip(tried, self._destinations.post([call.call for call in tried]), strict=True)) if tried else {}
        self._tell_circuits(answers, permits, report)
        for call, answer in answers.items():
            self._judge(call, answer, report)
        self._keep_letters(report)
        return report

    def _permits(self, waiting: Sequence[WaitingCall], token: str, report: CallOutReport) -> dict[str, Free | Probe]:
        """Ask for each call whether it may leave; one that may not waits."""
        permits: dict[str, Free | Probe] = {}
        for call in waiting:
            destination = call.call.destination
            if destination not in self._destinations.names:
                self._give_up(call, LetterKind.REFUSED, self._unknown(destination), report)
                continue
            now = self._clock()
            try:
                permit = self._breaker.permit(destination, f"{token}/{call.message_id}", now)
            except PortUnavailableError as error:
                self._again(call, Again(f"its circuit cannot be read: {error}", UNAVAILABLE_WAIT), report)
                continue
            if isinstance(permit, Held):
                report.held_by.add(destination)
                self._hold(call, permit.until - now, report)
            else:
                permits[call.message_id] = permit
        return permits

    def _tell_circuits(
        self, answers: Mapping[WaitingCall, Answer], permits: Mapping[str, Free | Probe], report: CallOutReport
    ) -> None:
        """Tell the circuits how the calls ended. A call that did not leave tells nothing."""
        ended: dict[str, list[bool]] = {}
        for call, answer in answers.items():
            permit, destination = permits[call.message_id], call.call.destination
            if isinstance(answer, NotSent):
                continue
            if isinstance(permit, Probe):
                self._probe_ended(destination, permit, report, succeeded=not is_failure(answer))
            else:
                ended.setdefault(destination, []).append(is_failure(answer))
        for destination, failures in ended.items():
            try:
                if self._breaker.count(destination, len(failures), sum(failures), self._clock()):
                    report.opened.add(destination)
            except PortUnavailableError as error:
                report.reasons[destination] = f"its calls were not counted: {error}"

    def _probe_ended(self, destination: str, probe: Probe, report: CallOutReport, *, succeeded: bool) -> None:
        """End a probe; one whose end could not be told is given up when its time is over."""
        try:
            self._breaker.probe_ended(destination, probe, self._clock(), succeeded=succeeded)
        except PortUnavailableError as error:
            report.reasons[destination] = f"the end of its probe was not told: {error}"

    def _judge(self, call: WaitingCall, answer: Answer, report: CallOutReport) -> None:
        match verdict(answer):
            case Done():
                report.done.append(call.message_id)
            case Refused(reason):
                self._give_up(call, LetterKind.REFUSED, reason, report)
            case Again() as again:
                self._again(call, again, report)

    def _hold(self, call: WaitingCall, wait: timedelta, report: CallOutReport) -> None:
        """Let a call wait until its destination may be called, and up to half as long again: not all come at once."""
        spread = wait * (1 + self._random_share() / 2)
        self._later(call, f"the circuit of {call.call.destination} is open", spread, report)

    def _again(self, call: WaitingCall, again: Again, report: CallOutReport) -> None:
        """Let a call that failed wait longer each time, and as long as its destination asked for."""
        wait = max(retry_delay(call.receives, self._random_share()), again.not_before)
        self._later(call, again.reason, wait, report)

    def _later(self, call: WaitingCall, reason: str, wait: timedelta, report: CallOutReport) -> None:
        now = self._clock()
        if is_out_of_time(call, now):
            self._give_up(call, LetterKind.PARKED, f"tried since {call.sent_at.isoformat()}, last: {reason}", report)
        else:
            report.again[call.message_id] = wait_before(wait, call, now)
            report.reasons[call.message_id] = reason

    def _give_up(self, call: WaitingCall, kind: LetterKind, reason: str, report: CallOutReport) -> None:
        report.given_up[call.message_id] = letter_of(call, kind, reason, self._clock())

    def _keep_letters(self, report: CallOutReport) -> None:
        """Keep the letters; a call whose letter could not be kept comes again instead."""
        if not report.given_up:
            return
        message_ids = list(report.given_up)
        for place in self._letters.park(list(report.given_up.values())):
            letter = report.given_up.pop(message_ids[place])
            report.again[message_ids[place]] = UNAVAILABLE_WAIT
            report.reasons[message_ids[place]] = f"its dead letter was not kept: {letter.reason}"

    def _unknown(self, destination: str) -> str:
        known = ", ".join(sorted(self._destinations.names)) or "none"
        return f"destination {destination!r} is not known, known are: {known}; name it in the context 'destinations'"
