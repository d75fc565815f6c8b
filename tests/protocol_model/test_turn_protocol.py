"""The turn protocol loses nothing, does nothing twice, keeps order and lets out no ghost, whatever happens."""

import pytest

from tests.protocol_model.catalog import PARTS, of_mutant, of_protocol

SIZES = [pytest.param(model, id=f"{part.name}: {size}") for part in PARTS for size, model in part.sizes.items()]
MUTANTS = [pytest.param(mutant, id=f"{part.name}: {mutant.name}") for part in PARTS for mutant in part.mutants]


@pytest.mark.parametrize("model", SIZES)
def test_protocol_keeps_its_promises_in_every_state_that_can_be_reached(model):
    finding = of_protocol(model)

    assert finding.violation is None, str(finding)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_protocol_without_one_of_its_rules_is_caught(mutant):
    finding = of_mutant(mutant)

    assert finding.violation is not None, f"{mutant.name} was not caught: {finding}"
    assert finding.violation.kind is mutant.kind, str(finding)
