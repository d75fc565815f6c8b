from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import WakeUp
from lambdas.actors.wake_up_relay import WakeUpRelay
from lambdas.aws.sqs_wake_up_scheduler import encode_wake_up
from lambdas.entrypoints import wake_up_relay
from lambdas.settings.wake_up_relay import WakeUpRelaySettings
from tests.unit.actors.race_track import DeafMailboxes

RUNNER = ActorId("runner", "r")
OTHER = ActorId("runner", "other")
SETTINGS = WakeUpRelaySettings({"runner": "url"})


def sqs_record(number: int, body: str) -> dict[str, str]:
    return {"messageId": f"m-{number}", "body": body}


@pytest.fixture
def mailboxes(monkeypatch: pytest.MonkeyPatch) -> DeafMailboxes:
    mailboxes = DeafMailboxes()
    monkeypatch.setattr(wake_up_relay, "_relay", lambda: WakeUpRelay(mailboxes))
    return mailboxes


def test_wake_ups_become_empty_frames_and_failures_come_again(mailboxes: DeafMailboxes):
    mailboxes.deaf = {OTHER}
    past = datetime.now(UTC) - timedelta(seconds=1)
    records = [
        sqs_record(1, encode_wake_up(WakeUp(RUNNER, past))),
        sqs_record(2, "no wake-up"),
        sqs_record(3, encode_wake_up(WakeUp(OTHER, past))),
    ]

    answer = wake_up_relay.handler({"Records": records}, None)

    assert {failure["itemIdentifier"] for failure in answer["batchItemFailures"]} == {"m-2", "m-3"}
    (record,) = mailboxes.waiting()
    assert record.agent == "runner/r"
    assert '"messages":[]' in record.body


def test_a_wake_up_that_comes_early_is_passed_on_too(mailboxes: DeafMailboxes):
    early = WakeUp(RUNNER, datetime.now(UTC) + timedelta(hours=1))

    answer = wake_up_relay.handler({"Records": [sqs_record(1, encode_wake_up(early))]}, None)

    assert answer == {"batchItemFailures": []}
    (record,) = mailboxes.waiting()
    assert f'"due":"{early.due.isoformat().replace("+00:00", "Z")}"' in record.body


def test_settings_are_read_as_they_were_written():
    assert WakeUpRelaySettings.from_environment(SETTINGS.to_environment()) == SETTINGS
