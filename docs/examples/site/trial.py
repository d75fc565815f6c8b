"""Trying the site in memory, before anything is deployed."""

from datetime import timedelta

from lambdas.actors.in_memory.stage import Stage
from lambdas.agents.agent_spec import AgentSpec
from lambdas.agents.site.behavior import BEHAVIOR
from lambdas.agents.site.messages import AskForSlot, ReleaseSlot


def play() -> list[bool]:
    """Three devices want one of two slots; the third gets the one that is given back, a fourth one that expires."""
    stage = Stage(AgentSpec(BEHAVIOR))
    promises = [stage.ask("site/berlin", AskForSlot(device), timedelta(hours=1)) for device in ("d-1", "d-2", "d-3")]
    answered = [stage.answer(promise) is not None for promise in promises]
    stage.tell("site/berlin", ReleaseSlot("d-1"))
    answered.append(stage.answer(promises[2]) is not None)
    promises.append(stage.ask("site/berlin", AskForSlot("d-4"), timedelta(hours=1)))
    answered.append(stage.answer(promises[3]) is not None)
    stage.advance(timedelta(minutes=10))
    answered.append(stage.answer(promises[3]) is not None)
    return answered
