"""What must hold of reminders: fired once it is due, and not before; none goes without firing, but for a reason."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from lambdas.actors.agent_record import AgentRecord, AgentStatus
from lambdas.actors.turn_inputs import Begun, TimerDue, Told
from tests.simulation.messages import Do, Op
from tests.simulation.names import uid_of, uids_of


@dataclass
class Reminders:
    """How often each reminder took effect."""

    fired: Counter[str] = field(default_factory=Counter)

    def check(self, record: AgentRecord, previous: AgentRecord) -> None:
        """Check a commit against the one before it."""
        assert record.turn is not None
        due = {
            made.name: msgspec.json.decode(made.data, type=Do)
            for made in record.turn.inputs
            if isinstance(made, TimerDue)
        }
        for name, timer in due.items():
            self._check_fired(name, timer, record, previous)
        fired = {timer.uid for timer in due.values()}
        for name, timer in previous.timers.items():
            uid = uid_of(timer.message)
            is_kept = name in record.timers and uid_of(record.timers[name].message) == uid
            assert is_kept or uid in fired or _is_given_up(record, name, uid), (
                f"{record.agent}: timer {name} ({uid}) is lost"
            )

    def _check_fired(self, name: str, timer: Do, record: AgentRecord, previous: AgentRecord) -> None:
        """Check that a reminder fired once it was due, and once for all times that it was due."""
        assert record.turn is not None
        assert timer.due is not None
        now = record.turn.now
        self.fired[timer.uid] += 1
        assert now >= timer.due, f"timer {timer.uid} fired at {now}, due was {timer.due}"
        assert timer.every_seconds or self.fired[timer.uid] == 1, f"timer {timer.uid} took effect again"
        before, after = previous.timers.get(name), record.timers.get(name)
        assert before is not None, f"timer {timer.uid} fired, no committed version had it"
        assert now >= before.due, f"timer {timer.uid} fired at {now}, due was {before.due}"
        if after is not None and uid_of(after.message) == timer.uid:
            assert after.due > now, f"timer {timer.uid} would tick again at once"


def _is_given_up(record: AgentRecord, name: str, uid: str) -> bool:
    """Tell whether a timer went for a reason: cancelled, replaced, parked, or its incarnation ended."""
    assert record.turn is not None
    if record.status is AgentStatus.STOPPED or any(isinstance(made, Begun) for made in record.turn.inputs):
        return True
    outboxes = [lane.outbox for lane in record.lanes.values()]
    if any(uid in uids_of(letter.body) for outbox in outboxes for letter in outbox.letters):
        return True
    for made in record.turn.inputs:
        if isinstance(made, Told | TimerDue) and made.type == "Do":
            for step in msgspec.json.decode(made.data, type=Do).steps:
                if step.op is Op.EXIT or (step.op in {Op.CANCEL, Op.REMIND} and step.name == name):
                    return True
    return False
