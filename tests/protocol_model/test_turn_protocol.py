"""The turn protocol loses nothing, does nothing twice, keeps order and lets out no ghost, whatever happens."""

import pytest

from tests.protocol_model.search import search
from tests.protocol_model.turn_model import TurnModel
from tests.protocol_model.turn_mutants import MUTANTS
from tests.protocol_model.turn_rules import PROTOCOL, SIZES


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_protocol_keeps_its_promises_in_every_reachable_state(size):
    finding = search(TurnModel(PROTOCOL, size), comes_to_rest=True)

    assert finding.violation is None, str(finding)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_turn_without_one_of_its_rules_is_caught(mutant):
    finding = search(TurnModel(mutant.rules, mutant.size))

    assert finding.violation is not None, f"{mutant.name} was not caught: {finding}"
    assert finding.violation.kind is mutant.kind, str(finding)
