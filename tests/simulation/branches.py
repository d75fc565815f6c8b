"""Which ways of the protocol a run went: what tells that it did more than pass."""

from collections import Counter

from lambdas.actors.agent_record import AgentRecord, LaneRecord
from lambdas.actors.dead_letters import LetterKind
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue


def branches_of(record: AgentRecord, previous: AgentRecord, lane: str) -> Counter[str]:
    """Name the ways that one commit went."""
    stands, sent = record.lanes[lane], previous.lanes.get(lane, LaneRecord()).sent
    outbox, in_hand = stands.outbox, stands.in_hand
    went = {
        "progress": in_hand is not None and in_hand.done > 0,
        "retry": in_hand is not None and in_hand.attempts > 0,
        "carry": any(frame.sender is not None and frame.sender.sequence <= sent for frame in outbox.frames),
        "evict": bool(outbox.evicted),
        "replay": bool(outbox.replays),
        "handled held": record.holding.replayed > previous.holding.replayed,
        "upcast": 0 < previous.schema < record.schema and previous.version > 0,
        "claim": any(frame.claim is not None for frame in outbox.frames),
        f"becomes {record.status}": record.status is not previous.status,
    }
    branches = Counter({name: 1 for name, has_gone in went.items() if has_gone})
    for letter in outbox.letters:
        branches[f"letter {letter.kind}"] += 1
        if letter.kind is LetterKind.PARKED:
            branches[f"parked for {letter.reason.partition(':')[0]}"] += 1
    for made in record.turn.inputs if record.turn else ():
        match made:
            case Answered(_, answer):
                branches[f"answer {answer.outcome}"] += 1
            case Begun():
                branches["begun"] += 1
            case TimerDue():
                branches["timer"] += 1
    return branches
