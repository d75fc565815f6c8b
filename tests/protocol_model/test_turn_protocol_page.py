"""The page about the turn protocol says what the searches say."""

from pathlib import Path

import pytest

from tests.protocol_model.catalog import PARTS, of_mutant, of_protocol

PAGE = Path(__file__).parents[2] / "docs" / "turn-protocol.md"


def rows():
    """The rows of the page's tables, as tuples of their cells."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_page_shows_every_size_with_its_states(part):
    shown = {row[:4] for row in rows()}

    for size, model in part.sizes.items():
        assert (part.name, size, "none", f"{of_protocol(model).states:,}") in shown, size


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_page_shows_every_mutant_with_its_violation(part):
    shown = {row[:5] for row in rows()}

    for mutant in part.mutants:
        finding = of_mutant(mutant)
        steps, states = str(len(finding.trace)), f"{finding.states:,}"
        assert (part.name, mutant.name, mutant.kind.value, steps, states) in shown, mutant.name


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_page_names_the_larger_sizes_too(part):
    shown = {row[:2] for row in rows()}

    assert {(part.name, size) for size in part.larger} <= shown
