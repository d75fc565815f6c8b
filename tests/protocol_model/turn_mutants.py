"""The mutants of the turn protocol: what goes wrong without each of its rules."""

from dataclasses import replace

from tests.protocol_model.turn_rules import ONE_SENDER, PROTOCOL, TWO_LANES, Mutant, Order, Resends, Size
from tests.protocol_model.violations import Kind

TWO_FAULTS_EACH = Size(crashes=2, zombies=2)
TWO_OUTPUTS = Size(crashes=0, zombies=0, outputs=2, partial_sends=1)

MUTANTS = [
    Mutant("acknowledges before it flushes", replace(PROTOCOL, order=Order.COMMIT_ACK_FLUSH), Kind.LOSS, Size()),
    Mutant("flushes before it commits", replace(PROTOCOL, order=Order.FLUSH_COMMIT_ACK), Kind.GHOST, Size()),
    Mutant("commits without a fence", replace(PROTOCOL, has_fence=False), Kind.GHOST, Size()),
    Mutant("acknowledges a redelivery without a flush", replace(PROTOCOL, flushes_again=False), Kind.LOSS, Size()),
    Mutant("does not carry the old outbox", replace(PROTOCOL, carries=False), Kind.GAP, Size()),
    Mutant(
        "trusts in the five minutes of SQS", replace(PROTOCOL, resends=Resends.NEVER), Kind.DUPLICATE, TWO_FAULTS_EACH
    ),
    Mutant("remembers a window of ids", replace(PROTOCOL, resends=Resends.LAST_ID), Kind.DUPLICATE, TWO_FAULTS_EACH),
    Mutant("has a redrive policy on the mailbox", replace(PROTOCOL, redrives=True), Kind.GAP, Size()),
    Mutant(
        "knows sequences of senders, not of the mailbox",
        replace(PROTOCOL, knows_redeliveries=False),
        Kind.LOSS,
        Size(),
    ),
    Mutant(
        "sends single messages, and a batch in part", replace(PROTOCOL, sends_frames=False), Kind.GAP, TWO_OUTPUTS
    ),
    Mutant("lets lanes share an outbox", replace(PROTOCOL, lane_has_own_outbox=False), Kind.LOSS, TWO_LANES),
    Mutant(
        "marks by sender only", replace(PROTOCOL, resends=Resends.MARKS_BY_SENDER_ONLY), Kind.LOSS, ONE_SENDER
    ),
]
