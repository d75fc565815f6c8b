"""The mutants of the turn protocol: what goes wrong without each of its rules."""

from tests.protocol_model.turn_rules import ONE_SENDER, TWO_LANES, Order, Resends, Rules, Size
from tests.protocol_model.violations import Kind

TWO_FAULTS_EACH = Size(crashes=2, zombies=2)
PARTIAL_SEND = Size(crashes=0, zombies=0, outputs=2, partial_sends=1)

MUTANTS = [
    ("acknowledges before it flushes", Rules(order=Order.COMMIT_ACK_FLUSH), Kind.LOSS, Size()),
    ("flushes before it commits", Rules(order=Order.FLUSH_COMMIT_ACK), Kind.GHOST, Size()),
    ("commits without a fence", Rules(has_fence=False), Kind.GHOST, Size()),
    ("acknowledges a redelivery without a flush", Rules(flushes_again=False), Kind.LOSS, Size()),
    ("does not carry the old outbox", Rules(carries=False), Kind.GAP, Size()),
    ("trusts in the five minutes of SQS", Rules(resends=Resends.NEVER), Kind.DUPLICATE, TWO_FAULTS_EACH),
    ("remembers a window of ids", Rules(resends=Resends.LAST_ID), Kind.DUPLICATE, TWO_FAULTS_EACH),
    ("has a redrive policy on the mailbox", Rules(redrives=True), Kind.GAP, Size()),
    ("knows sequences of senders, not of the mailbox", Rules(knows_redeliveries=False), Kind.LOSS, Size()),
    ("sends single messages, and a batch in part", Rules(sends_frames=False), Kind.GAP, PARTIAL_SEND),
    ("lets lanes share an outbox", Rules(lane_has_own_outbox=False), Kind.LOSS, TWO_LANES),
    ("marks by sender only", Rules(resends=Resends.MARKS_BY_SENDER_ONLY), Kind.LOSS, ONE_SENDER),
]
