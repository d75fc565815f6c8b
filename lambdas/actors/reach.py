"""How far the effects of one kind of agent reach."""

from dataclasses import dataclass


class OutOfReachError(PermissionError):
    """A reaction wants an effect its kind is not registered for; register it and deploy."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What agents of a kind may do to others. Checked before the commit: afterwards it could only fail for ever."""

    sends_to: frozenset[str]
    publishes: bool
    completes_tasks: bool
    calls_out: bool = False

    def check_sending(self, kind: str, to_kind: str) -> None:
        """Raise OutOfReachError when agents of ``kind`` do not tell, ask or answer those of ``to_kind``."""
        if to_kind not in self.sends_to:
            raise OutOfReachError(f"agent kind {kind!r} is not registered to send to {to_kind!r}")

    def check_publishing(self, kind: str) -> None:
        """Raise OutOfReachError when agents of the kind publish nothing."""
        if not self.publishes:
            raise OutOfReachError(f"agent kind {kind!r} is not registered to publish events")

    def check_completing(self, kind: str) -> None:
        """Raise OutOfReachError when agents of the kind do not answer state machines."""
        if not self.completes_tasks:
            raise OutOfReachError(f"agent kind {kind!r} is not registered to complete tasks")

    def check_calling_out(self, kind: str) -> None:
        """Raise OutOfReachError when agents of the kind post nothing to the outside."""
        if not self.calls_out:
            raise OutOfReachError(f"agent kind {kind!r} is not registered to call out")
