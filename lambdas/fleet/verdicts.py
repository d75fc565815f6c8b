"""What a health gate may answer."""

from dataclasses import dataclass
from enum import StrEnum


class Judgement(StrEnum):
    """The three answers of a gate: silence or too little evidence is never taken for health."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """A gate's answer and the finding it rests on, in words an operator understands."""

    judgement: Judgement
    finding: str

    @classmethod
    def passed(cls, finding: str) -> "GateVerdict":
        """The evidence speaks for the release."""
        return cls(Judgement.PASSED, finding)

    @classmethod
    def failed(cls, finding: str) -> "GateVerdict":
        """The evidence speaks against the release."""
        return cls(Judgement.FAILED, finding)

    @classmethod
    def inconclusive(cls, finding: str) -> "GateVerdict":
        """There is too little evidence to say."""
        return cls(Judgement.INCONCLUSIVE, finding)
