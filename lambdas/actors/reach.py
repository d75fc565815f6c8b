"""How far the effects of one kind of agent reach."""

from dataclasses import dataclass

from lambdas.actors.effects import CompleteTask, Effect, Publish, Send


class OutOfReachError(PermissionError):
    """A reaction wants an effect its kind is not registered for; register it and deploy."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What agents of a kind may do to others. Checked before the commit: afterwards it could only fail for ever."""

    sends_to: frozenset[str]
    publishes: bool
    completes_tasks: bool

    def check(self, kind: str, effect: Effect) -> None:
        """Raise OutOfReachError for an effect that is not the kind's to have."""
        match effect:
            case Send(to=to) if to.kind not in self.sends_to:
                raise OutOfReachError(f"agent kind {kind!r} is not registered to send to {to.kind!r}")
            case Publish() if not self.publishes:
                raise OutOfReachError(f"agent kind {kind!r} is not registered to publish events")
            case CompleteTask() if not self.completes_tasks:
                raise OutOfReachError(f"agent kind {kind!r} is not registered to complete tasks")
            case _:
                return
