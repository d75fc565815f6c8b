"""``up`` and ``demo`` run the instruments of the checkout they are called in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ringtree_cli.checkout import NoCheckoutError, find_checkout, run_instrument


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "lab" / "embedded_aws").mkdir(parents=True)
    (tmp_path / "cdk_app").mkdir()
    return tmp_path


def test_the_checkout_is_found_from_any_folder_inside_it(checkout: Path):
    assert find_checkout(checkout / "lab" / "embedded_aws") == checkout


def test_outside_a_checkout_there_is_none(tmp_path: Path):
    with pytest.raises(NoCheckoutError, match="is not inside a checkout"):
        find_checkout(tmp_path)


def test_a_checkout_that_is_not_set_up_says_how_to(checkout: Path):
    with pytest.raises(NoCheckoutError, match="make setup"):
        run_instrument(checkout, "lab.demo", [])


def test_an_instrument_runs_with_the_python_of_the_checkout_and_its_status_is_ours(checkout: Path):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (checkout / "lab" / "told.py").write_text("import sys; sys.exit(len(sys.argv) + 40)")

    assert run_instrument(checkout, "lab.told", ["--exit", "now"]) == 43


def test_for_an_answer_in_json_the_instrument_speaks_on_stderr(checkout: Path, capfd: pytest.CaptureFixture[str]):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (checkout / "lab" / "told.py").write_text("print('words for people')")

    run_instrument(checkout, "lab.told", [], to_stderr=True)

    assert capfd.readouterr() == ("", "words for people\n")


@pytest.mark.parametrize("status", [0, 1])
def test_the_demo_answers_whether_it_ended_as_told(checkout: Path, status: int):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (checkout / "lab" / "demo.py").write_text(f"import sys; sys.exit({status})")
    ours = [sys.executable, "-c", "from ringtree_cli.main import run; run()", "demo", "--json"]

    done = subprocess.run(ours, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == status
    assert json.loads(done.stdout) == {"ended_as_told": status == 0, "exit_code": status}
