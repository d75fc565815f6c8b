"""Where the answer to a message goes: to the agent that asked, to a promise, or to a state machine's task token."""

from dataclasses import dataclass
from enum import StrEnum

from lambdas.actors.actor_id import ActorId, ActorIdError


class ReplyToError(ValueError):
    """A message does not say in a known way where its answer goes; a retry cannot help."""


class ReplyWay(StrEnum):
    """Who waits for the answer."""

    AGENT = "agent"
    PROMISE = "promise"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """One who waits. The text form is ``agent:<lane>:<ask id>:<address>``, ``promise:<id>`` or ``task:<token>``."""

    way: ReplyWay
    target: str
    """Address of the agent, id of the promise, or the task token."""
    ask_id: str = ""
    """The asking agent's own name of what it asked; empty for other ways."""
    lane: str = ""
    """The lane in which the asking agent wants its answer; empty for other ways."""

    @classmethod
    def agent(cls, asker: ActorId, lane: str, ask_id: str) -> "ReplyTo":
        """Answer an agent."""
        return cls(ReplyWay.AGENT, str(asker), ask_id, lane)

    @classmethod
    def promise(cls, promise_id: str) -> "ReplyTo":
        """Keep a promise."""
        return cls(ReplyWay.PROMISE, promise_id)

    @classmethod
    def task(cls, task_token: str) -> "ReplyTo":
        """Complete a task of a state machine."""
        return cls(ReplyWay.TASK, task_token)

    @classmethod
    def parse(cls, text: str) -> "ReplyTo":
        """Read the text form; raises ReplyToError when it is none."""
        way, _, target = text.partition(":")
        match way:
            case ReplyWay.PROMISE | ReplyWay.TASK if target:
                return cls(ReplyWay(way), target)
            case ReplyWay.AGENT:
                return cls._parse_agent(text, target)
            case _:
                raise ReplyToError(f"reply_to {text!r} must begin with 'agent:', 'promise:' or 'task:'")

    @classmethod
    def _parse_agent(cls, text: str, target: str) -> "ReplyTo":
        try:
            lane, ask_id, address = target.split(":", 2)
            return cls.agent(ActorId.parse(address), lane, ask_id)
        except (ValueError, ActorIdError) as error:
            raise ReplyToError(f"reply_to {text!r} must be agent:<lane>:<ask id>:<kind/key>: {error}") from error

    def __str__(self) -> str:
        if self.way is ReplyWay.AGENT:
            return f"{self.way}:{self.lane}:{self.ask_id}:{self.target}"
        return f"{self.way}:{self.target}"
