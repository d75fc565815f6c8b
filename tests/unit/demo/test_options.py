"""The demo takes its size from the command line or from `make demo DEVICES=...`."""

import pytest

from lab.demo.errors import DemoError
from lab.demo.folders import DemoFolders
from lab.demo.options import DemoOptions, read_options

FOLDER = DemoFolders().path


def test_the_command_line_goes_before_the_environment():
    given = read_options(["--exit", "--devices", "80"], {"DEVICES": "500", "PORT": "4577"})

    assert given == DemoOptions(simulated_devices=80, ends_itself=True, port=4577, folder=FOLDER)


def test_without_a_word_it_is_sixty_devices_that_stay_up():
    assert read_options([], {}) == DemoOptions(simulated_devices=60, ends_itself=False, port=4566, folder=FOLDER)


@pytest.mark.parametrize("devices", ["0", "-3", "many", "1000000", "6.5"])
def test_a_fleet_of_no_sensible_size_is_refused_with_the_range(devices: str):
    with pytest.raises(DemoError, match="give a number from 12 to 5000") as refused:
        read_options([], {"DEVICES": devices})
    assert repr(devices) in str(refused.value)
