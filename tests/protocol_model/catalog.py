"""All searches: the protocol at several sizes, and its mutants."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.protocol_model import (
    client_requests,
    evicted_marks,
    ordered_parking,
    progress_in_frame,
    questions,
    turn_mutants,
    turn_rules,
)
from tests.protocol_model.client_requests import ClientRequests
from tests.protocol_model.evicted_marks import EvictedMarks
from tests.protocol_model.ordered_parking import OrderedParking
from tests.protocol_model.progress_in_frame import ProgressInFrame
from tests.protocol_model.questions import Questions
from tests.protocol_model.search import Finding, Model, search
from tests.protocol_model.turn_model import TurnModel
from tests.protocol_model.violations import Kind


@dataclass(frozen=True)
class Mutant:
    """The protocol without one of its rules, and what must come of that."""

    name: str
    model: Model[Any]
    kind: Kind


@dataclass(frozen=True)
class Part:
    """A part of the protocol as it is built, and its mutants."""

    name: str
    sizes: Mapping[str, Model[Any]]
    larger: Mapping[str, Model[Any]]
    """Sizes that are too large for every test run: `make model` searches them too."""
    mutants: Sequence[Mutant]


def _part(name: str, model: Callable[..., Model[Any]], module: Any, mutants: Any = None) -> Part:
    def at(sizes: Mapping[str, Any]) -> dict[str, Model[Any]]:
        return {what: model(module.PROTOCOL, size) for what, size in sizes.items()}

    rows = module.MUTANTS if mutants is None else mutants
    return Part(
        name,
        at(module.SIZES),
        at(module.LARGER),
        [Mutant(what, model(rules, size), kind) for what, rules, kind, size in rows],
    )


PARTS = (
    _part("turn", TurnModel, turn_rules, turn_mutants.MUTANTS),
    _part("progress inside a frame", ProgressInFrame, progress_in_frame),
    _part("eviction of marks", EvictedMarks, evicted_marks),
    _part("ordered parking", OrderedParking, ordered_parking),
    _part("questions", Questions, questions),
    _part("requests of programs", ClientRequests, client_requests),
)


@functools.cache
def of_protocol(model: Model[Any]) -> Finding:
    """Search all of the protocol at one size; from every state it must be able to come to rest."""
    return search(model, comes_to_rest=True)


@functools.cache
def of_mutant(mutant: Mutant) -> Finding:
    """Search a mutant up to its first violation."""
    return search(mutant.model)
