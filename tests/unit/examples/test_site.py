"""The worked example of docs/write-an-agent.md: what the guide shows is what the files say, and it works."""

import re
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lambdas.actors.effects import CancelReminder, HoldReply, KeepPromise, Reject, Remind, Reply
from lambdas.actors.turn import Turn
from tests.unit.examples.loading import EXAMPLES, load

GUIDE = Path(__file__).parents[3] / "docs" / "write-an-agent.md"
NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(scope="module")
def messages():
    """Load the example under the names it has once it is added; they are forgotten afterwards."""
    yield load("site/messages.py", "lambdas.agents.site.messages")
    for name in [name for name in sys.modules if name.startswith("lambdas.agents.site")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def behavior(messages):
    return load("site/behavior.py", "lambdas.agents.site.behavior")


@pytest.mark.parametrize("name", ["messages", "behavior", "trial"])
def test_the_guide_shows_the_files_of_the_example(name):
    shown = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)

    assert (EXAMPLES / "site" / f"{name}.py").read_text() in shown


def test_every_file_that_the_guide_leads_to_exists():
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE.read_text()):
        assert (GUIDE.parent / target).exists(), target


def test_a_full_site_makes_a_device_wait(behavior, messages):
    site = behavior.Site("berlin", slots=0)

    turn = behavior.BEHAVIOR.react(site, messages.AskForSlot("d-1"), NOON)

    assert turn == Turn(replace(site, waiting=("d-1",)), (HoldReply("d-1"),))


def test_a_free_slot_is_given_at_once_and_taken_back_in_time(behavior, messages):
    turn = behavior.BEHAVIOR.react(behavior.Site("berlin"), messages.AskForSlot("d-1"), NOON)

    slot = messages.Slot("d-1", NOON + TEN_MINUTES)
    assert turn.effects == (Reply(slot), Remind("slot of d-1", NOON + TEN_MINUTES, messages.SlotExpired("d-1")))


def test_a_slot_that_is_given_back_is_the_next_ones(behavior, messages):
    site = behavior.Site("berlin", slots=1, downloading={"d-1": NOON}, waiting=("d-2", "d-3"))

    turn = behavior.BEHAVIOR.react(site, messages.ReleaseSlot("d-1"), NOON)

    slot = messages.Slot("d-2", NOON + TEN_MINUTES)
    assert turn.state.waiting == ("d-3",)
    assert turn.effects[:2] == (CancelReminder("slot of d-1"), KeepPromise("d-2", slot))


def test_a_wider_line_lets_more_devices_download(behavior, messages):
    site = behavior.Site("berlin", slots=0, waiting=("d-1", "d-2"))

    turn = behavior.BEHAVIOR.react(site, messages.UplinkChanged(5), NOON)

    assert set(turn.state.downloading) == {"d-1", "d-2"}


def test_a_device_without_a_name_is_refused_and_one_that_asks_again_gets_the_same_slot(behavior, messages):
    site = behavior.Site("berlin", downloading={"d-1": NOON + TEN_MINUTES})

    refused = behavior.BEHAVIOR.react(site, messages.AskForSlot(""), NOON)
    again = behavior.BEHAVIOR.react(site, messages.AskForSlot("d-1"), NOON)

    assert refused.effects == (Reject("a device must say its name"),)
    assert again == Turn(site, (Reply(messages.Slot("d-1", NOON + TEN_MINUTES)),))


def test_the_trial_in_memory_comes_out_as_the_guide_says(behavior):
    trial = load("site/trial.py", "docs_examples_site_trial")

    assert trial.play() == [True, True, False, True, False, True]
