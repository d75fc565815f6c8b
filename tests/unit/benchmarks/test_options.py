import argparse
from pathlib import Path

import pytest

from lab.benchmarks.asset_sizes import bytes_of_code
from lab.benchmarks.catalog import BENCHMARKS
from lab.benchmarks.import_times import ENTRYPOINTS, entrypoint_modules
from lab.benchmarks.options import fleets_of, read_options
from lab.benchmarks.outcome import Outcome


def test_without_options_all_is_run_on_fleets_of_50_200_and_800():
    options = read_options([], tuple(BENCHMARKS))

    assert (options.only, options.fleets, options.json_file) == ((), (50, 200, 800), None)


def test_fleets_are_read_in_the_order_they_grow():
    assert fleets_of("10,40") == (10, 40)


@pytest.mark.parametrize("text", ["", "10,", "0", "40,10", "10,10", "many"])
def test_fleets_that_do_not_grow_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="50,200,800"):
        fleets_of(text)


def test_one_broken_promise_is_enough():
    assert Outcome((), {}, {"a": True, "b": True}).is_kept
    assert not Outcome((), {}, {"a": True, "b": False}).is_kept


def test_every_function_with_a_handler_is_imported():
    modules = entrypoint_modules(ENTRYPOINTS)

    assert "lambdas.entrypoints.agent" in modules
    assert "lambdas.entrypoints.steps.plan_deployment" in modules
    assert all("__init__" not in module for module in modules)


def test_bytecode_is_not_part_of_the_code_asset(tmp_path: Path):
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x" * 100)
    (tmp_path / "a.py").write_bytes(b"x" * 10)

    assert bytes_of_code(tmp_path) == 10
