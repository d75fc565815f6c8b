"""The routes of dead letters."""

import base64
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.call_outs import WaitingCall, letter_of
from lambdas.actors.claims import claim_of
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import (
    DeadLetter,
    Decision,
    LetterKind,
    LetterStatus,
    held_letter_id,
    parked_letter_id,
    refused_letter_id,
)
from lambdas.actors.frames import Frame, decode_frame
from lambdas.actors.in_memory.ways_out import InMemoryExternalCaller
from lambdas.actors.outbox import ExternalCall
from lambdas.actors.ports import LetterDecidedError, PortUnavailableError
from lambdas.agents.device.messages import AssignRing
from lambdas.api.letter_reading import SHOWN_CLAIM_BYTES
from tests.unit.api.fleet_in_memory import NOON, Answer, FleetInMemory

LETTERS = "/v1/dead-letters"


def _message(ring: str = "early", **fields: Any) -> EncodedMessage:
    return EncodedMessage("AssignRing", msgspec.Raw(msgspec.json.encode({"ring": ring})), **fields)


def _letter(letter_id: str, kind: LetterKind = LetterKind.PARKED, **changes: Any) -> DeadLetter:
    fields: dict[str, Any] = {
        "agent": "device/d-1",
        "reason": "KeyError: 'ring'",
        "parked_at": NOON,
        "lane": "normal",
        "attempts": 5,
        "body": msgspec.json.encode([_message()]).decode(),
        "message_types": ("AssignRing",),
    }
    return DeadLetter(letter_id=letter_id, kind=kind, **(fields | changes))


PARKED = _letter(parked_letter_id("normal", 7, 0))
HELD = _letter(held_letter_id(1), LetterKind.HELD, attempts=0)
REFUSED = _letter(refused_letter_id("m-1"), LetterKind.REFUSED, body="{", message_types=())


def _place(fleet: FleetInMemory, letter: DeadLetter) -> str:
    fleet.letters.park([letter])
    (address,) = [
        one["address"]
        for one in fleet.operator("GET", LETTERS).body["letters"]
        if (one["agent"], one["letter_id"]) == (letter.agent, letter.letter_id)
    ]
    return f"{LETTERS}/{address}"


def _refused(fleet: FleetInMemory, path: str, body: Any) -> Answer:
    before = fleet.written()
    answer = fleet.operator("POST", path, body)
    assert fleet.written() == before
    return answer


def test_open_letters_are_listed_of_one_agent_or_of_all(fleet: FleetInMemory) -> None:
    fleet.letters.park([PARKED, HELD, _letter("parked/normal/1/0", agent="batch/dep-1/canary/1")])

    everything = fleet.operator("GET", LETTERS).body
    of_one = fleet.operator("GET", LETTERS, query={"agent": "device/d-1"}).body

    assert len(everything["letters"]) == 3
    assert [letter["letter_id"] for letter in of_one["letters"]] == [HELD.letter_id, PARKED.letter_id]
    assert of_one["letters"][1] == {
        "address": of_one["letters"][1]["address"],
        "agent": "device/d-1",
        "letter_id": PARKED.letter_id,
        "kind": "parked",
        "status": "open",
        "reason": "KeyError: 'ring'",
        "parked_at": "2026-03-01T12:00:00Z",
        "lane": "normal",
        "attempts": 5,
        "message_types": ["AssignRing"],
    }


def test_pages_hold_every_letter_once(fleet: FleetInMemory) -> None:
    fleet.letters.park([_letter(parked_letter_id("normal", number, 0)) for number in range(5)])

    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = fleet.operator("GET", LETTERS, query=query).body
        seen += [letter["letter_id"] for letter in page["letters"]]
        cursor = page["cursor"]

    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "nonsense"}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"agent": "a" * 513}, "agent"),
    ],
)
def test_list_that_cannot_be_is_refused(fleet: FleetInMemory, query: dict[str, str], field: str) -> None:
    answer = fleet.operator("GET", LETTERS, query=query)

    assert (answer.status, answer.error["field"]) == (422, field)


def test_letter_is_shown_with_its_messages_and_without_task_tokens(fleet: FleetInMemory) -> None:
    data = msgspec.Raw(b'{"devices":["d-1"],"task_token":"secret"}')
    messages = [
        EncodedMessage("OpenBatch", data, reply_to="task:secret"),
        _message(reply_to="promise:p-1", expires=NOON),
        _message(reply_to="nobody knows"),
    ]
    address = _place(fleet, _letter("parked/normal/1/0", body=msgspec.json.encode(messages).decode()))

    answer = fleet.operator("GET", address)

    assert [message["reply_to"] for message in answer.body["messages"]] == ["task", "promise:p-1", "unreadable"]
    assert answer.body["messages"][0]["data"] == {"devices": ["d-1"]}
    assert answer.body["messages"][1]["expires"] == "2026-03-01T12:00:00Z"
    assert "secret" not in answer.raw["body"]
    assert (answer.body["text"], answer.body["claim"], answer.body["possible"]) == (None, None, ["replay", "drop"])


def test_letter_that_is_not_readable_is_shown_as_text_without_task_tokens(fleet: FleetInMemory) -> None:
    body = (
        '{"to": "device/d-1", "task_token": "secret-1", "b": "{\\"task_token\\":\\"secret-2\\"}", "r": "task:secret-3"'
    )
    answer = fleet.operator("GET", _place(fleet, _letter("refused/m-1", LetterKind.REFUSED, body=body)))

    assert answer.body["messages"] is None
    assert answer.body["text"].startswith('{"to": "device/d-1", "task_token": "..."')
    assert "secret" not in answer.raw["body"]
    assert answer.body["possible"] == ["drop"]


def test_refused_letter_that_is_a_frame_is_shown_with_its_messages(fleet: FleetInMemory) -> None:
    body = msgspec.json.encode({"to": "device/d-1", "messages": [_message()]}).decode()
    answer = fleet.operator("GET", _place(fleet, _letter("refused/m-1", LetterKind.REFUSED, body=body)))

    assert answer.body["messages"][0]["data"] == {"ring": "early"}


def test_messages_that_are_kept_as_a_claim_are_shown_and_the_claim_is_noted(fleet: FleetInMemory) -> None:
    content = msgspec.json.encode([_message()])
    claim = claim_of(content)
    fleet.runtime.claims.put({claim: content})
    path = _place(fleet, _letter("parked/normal/1/0", body="", claim=claim))

    answer = fleet.operator("GET", path)

    assert answer.body["claim"] == {"sha256": claim.sha256, "size_bytes": len(content)}
    assert answer.body["messages"][0]["data"] == {"ring": "early"}


@pytest.mark.parametrize("content", [None, b"altered"])
def test_letter_whose_claim_is_gone_or_altered_is_shown_without_messages_and_not_replayed(
    fleet: FleetInMemory, content: bytes | None
) -> None:
    claim = claim_of(b"much")
    if content is not None:
        fleet.runtime.claims.put({claim: content})
    path = _place(fleet, _letter("parked/normal/1/0", body="", claim=claim))

    shown = fleet.operator("GET", path).body

    assert shown["claim"] == {"sha256": claim.sha256, "size_bytes": 4}
    assert (shown["messages"], shown["text"]) == (None, None)
    assert _refused(fleet, f"{path}/replay", {"reason": "r"}).error["code"] == "letter_not_readable"
    assert fleet.operator("POST", f"{path}/drop", {"reason": "r"}).status == 200


@pytest.mark.parametrize(("padding", "is_shown"), [(0, True), (1, False)])
def test_claim_is_shown_up_to_its_limit(fleet: FleetInMemory, *, padding: int, is_shown: bool) -> None:
    frame = len(msgspec.json.encode([_message("")]))
    content = msgspec.json.encode([_message("r" * (SHOWN_CLAIM_BYTES - frame + padding))])
    fleet.runtime.claims.put({claim_of(content): content})

    shown = fleet.operator("GET", _place(fleet, _letter("parked/normal/1/0", body="", claim=claim_of(content)))).body

    assert (shown["messages"] is not None) == is_shown


@pytest.mark.parametrize(
    ("agent", "letter_id"),
    [
        ("batch/dep-1/canary/1", "parked/normal/000/0"),
        ("no address at all", "refused/m-1"),
        ("ä/\n☃", 'refused/"\\'),
        ("d", "l"),
    ],
)
def test_address_of_a_letter_is_one_segment_whatever_it_is_named_by(
    fleet: FleetInMemory, agent: str, letter_id: str
) -> None:
    path = _place(fleet, _letter(letter_id, LetterKind.REFUSED, agent=agent))

    assert path.removeprefix(f"{LETTERS}/").replace("-", "").replace("_", "").isalnum()
    shown = fleet.operator("GET", path).body
    assert (shown["agent"], shown["letter_id"]) == (agent, letter_id)


def _encoded(*names: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(names).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "a",
        "====",
        "%",
        _encoded("device/d-1", "parked/x"),
        _encoded("", ""),
        _encoded("device/d-1", "x" * 513),
        _encoded("device/d-1"),
        _encoded(1, 2),
        base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
    ],
)
def test_address_that_no_letter_bears_is_a_404(fleet: FleetInMemory, address: str) -> None:
    for answer in (
        fleet.operator("GET", f"{LETTERS}/{address}"),
        _refused(fleet, f"{LETTERS}/{address}/replay", {"reason": "r"}),
        _refused(fleet, f"{LETTERS}/{address}/drop", {"reason": "r"}),
    ):
        assert (answer.status, answer.error["code"]) == (404, "unknown_letter")
        assert answer.error["remedy"]


def test_parked_letter_is_replayed_once_and_says_who_did_so(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="broad")
    path = _place(fleet, PARKED)

    answer = fleet.operator("POST", f"{path}/replay", {"reason": " the code is mended "})
    fleet.run_agents()

    assert (answer.status, answer.body["status"], answer.body["possible"]) == (200, "replayed", [])
    assert answer.body["decision"] == {
        "status": "replayed",
        "by": "operator",
        "because": "the code is mended",
        "at": "2026-03-01T12:00:00Z",
    }
    assert fleet.state("device/d-1").ring == "early"
    assert fleet.operator("GET", path).body == answer.body
    assert fleet.operator("GET", LETTERS).body["letters"] == []


def test_replayed_message_is_a_new_one_without_asker_and_expiry(fleet: FleetInMemory) -> None:
    old = [_message(reply_to="promise:p-1", expires=NOON - timedelta(days=1))]
    path = _place(fleet, _letter(PARKED.letter_id, lane="control", body=msgspec.json.encode(old).decode()))

    fleet.operator("POST", f"{path}/replay", {"reason": "r"})

    (record,) = fleet.mailboxes.waiting()
    frame = decode_frame(record.body, ActorId("device", "d-1"))
    assert record.queue == "device.control"
    assert [(message.reply_to, message.expires) for message in frame.messages] == [("", None)]
    assert frame.request is not None
    assert frame.request.key == f"letter/{PARKED.letter_id}"


def test_letter_of_a_reminder_is_replayed_through_a_lane_that_the_kind_has(fleet: FleetInMemory) -> None:
    path = _place(fleet, _letter("parked/timer/1/0", lane="timer"))

    fleet.operator("POST", f"{path}/replay", {"reason": "r"})

    assert [record.queue for record in fleet.mailboxes.waiting()] == ["device"]


def test_content_that_is_kept_as_a_claim_is_replayed_as_a_claim_that_does_not_expire(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="broad")
    content = msgspec.json.encode([_message(expires=NOON - timedelta(days=1))])
    fleet.runtime.claims.put({claim_of(content): content})
    path = _place(fleet, _letter(PARKED.letter_id, body="", claim=claim_of(content)))

    fleet.operator("POST", f"{path}/replay", {"reason": "r"})
    (record,) = fleet.mailboxes.waiting()
    fleet.run_agents()

    assert decode_frame(record.body, ActorId("device", "d-1")).claim is not None
    assert fleet.state("device/d-1").ring == "early"


def test_crash_between_replay_and_decision_leaves_a_letter_that_is_replayed_again_and_taken_once(
    fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.enrol("d-1", ring="broad")
    path = _place(fleet, PARKED)

    def crash(*_: Any) -> None:
        raise PortUnavailableError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(type(fleet.letters), "decide", crash)
        assert fleet.operator("POST", f"{path}/replay", {"reason": "r"}).status == 503
    fleet.run_agents()
    fleet.tell("device/d-1", AssignRing("canary"))
    fleet.mailboxes._seen.clear()  # SQS drops repeats for five minutes only
    fleet.now += timedelta(days=2)

    assert fleet.operator("POST", f"{path}/replay", {"reason": "r"}).status == 200
    fleet.run_agents()

    assert fleet.state("device/d-1").ring == "canary"


def _held(fleet: FleetInMemory, *rings: str) -> list[dict[str, Any]]:
    """Letters of an agent that was suspended before it was told."""
    fleet.enrol("d-1", ring="broad")
    fleet.operator("POST", "/v1/agents/device/d-1/suspend", {"reason": "look"})
    fleet.run_agents()
    for ring in rings:
        fleet.tell("device/d-1", AssignRing(ring))
    letters: list[dict[str, Any]] = fleet.operator("GET", LETTERS, query={"agent": "device/d-1"}).body["letters"]
    return letters


def test_held_letter_that_is_dropped_is_left_out_when_its_agent_goes_on(fleet: FleetInMemory) -> None:
    _, second = _held(fleet, "canary", "early")

    answer = fleet.operator("POST", f"{LETTERS}/{second['address']}/drop", {"reason": "of no use"})
    fleet.operator("POST", "/v1/agents/device/d-1/resume", {"reason": "done"})
    fleet.run_agents()

    assert (answer.status, answer.body["status"]) == (200, "dropped")
    assert (answer.body["decision"]["by"], answer.body["decision"]["because"]) == ("operator", "of no use")
    assert fleet.state("device/d-1").ring == "canary"
    again = _refused(fleet, f"{LETTERS}/{second['address']}/drop", {"reason": "r"})
    assert (again.status, again.error["code"]) == (409, "letter_decided")


def test_held_letter_whose_agent_takes_long_is_still_open_in_the_answer(fleet: FleetInMemory) -> None:
    (letter,) = _held(fleet, "canary")
    fleet.are_agents_running = False

    answer = fleet.operator("POST", f"{LETTERS}/{letter['address']}/drop", {"reason": "of no use"})

    assert (answer.status, answer.body["status"]) == (202, "open")
    assert [record.queue for record in fleet.mailboxes.waiting()] == ["device.control"]
    fleet.run_agents()
    assert fleet.operator("GET", f"{LETTERS}/{letter['address']}").body["status"] == "dropped"


def test_held_letter_that_was_handled_before_it_could_be_dropped_says_so(
    fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (letter,) = _held(fleet, "canary")
    fleet.operator("POST", "/v1/agents/device/d-1/resume", {"reason": "done"})
    post = type(fleet.mailboxes).post

    def too_late(mailboxes: Any, frame: Frame, request_id: str) -> None:
        fleet.run_agents()
        post(mailboxes, frame, request_id)

    monkeypatch.setattr(type(fleet.mailboxes), "post", too_late)
    answer = fleet.operator("POST", f"{LETTERS}/{letter['address']}/drop", {"reason": "of no use"})

    assert (answer.status, answer.error["code"]) == (409, "letter_decided")
    assert "was replayed by agent" in answer.error["message"]
    assert fleet.state("device/d-1").ring == "canary"


def test_held_letter_is_not_replayed_singly(fleet: FleetInMemory) -> None:
    answer = _refused(fleet, f"{_place(fleet, HELD)}/replay", {"reason": "r"})

    assert (answer.status, answer.error["code"]) == (409, "letter_not_replayable")
    assert "/v1/agents/device/d-1/resume" in answer.error["remedy"]


def test_refused_letter_is_not_replayed_and_can_be_dropped(fleet: FleetInMemory) -> None:
    letter, remedy = REFUSED, "Drop it"
    path = _place(fleet, letter)

    answer = _refused(fleet, f"{path}/replay", {"reason": "r"})
    assert (answer.status, answer.error["code"]) == (409, "letter_not_replayable")
    assert remedy in answer.error["remedy"]

    dropped = fleet.operator("POST", f"{path}/drop", {"reason": "of no use"})
    assert (dropped.status, dropped.body["status"], dropped.body["decision"]["because"]) == (
        200,
        "dropped",
        "of no use",
    )


@pytest.mark.parametrize("body", ["{", ""])
def test_parked_letter_whose_messages_are_lost_is_not_replayed(fleet: FleetInMemory, body: str) -> None:
    answer = _refused(fleet, f"{_place(fleet, _letter('parked/normal/1/0', body=body))}/replay", {"reason": "r"})

    assert (answer.status, answer.error["code"]) == (409, "letter_not_readable")


@pytest.mark.parametrize("decision", ["replay", "drop"])
def test_decided_letter_says_who_decided_when_and_why(fleet: FleetInMemory, decision: str) -> None:
    path = _place(fleet, PARKED)
    fleet.operator("POST", f"{path}/drop", {"reason": "a test message"})

    answer = _refused(fleet, f"{path}/{decision}", {"reason": "r"})

    assert (answer.status, answer.error["code"]) == (409, "letter_decided")
    told = "was dropped by operator at 2026-03-01T12:00:00+00:00: a test message"
    assert told in answer.error["message"]


def test_operator_who_decides_at_the_same_time_as_another_is_told_of_the_other(
    fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _place(fleet, PARKED)
    decide = type(fleet.letters).decide

    def too_late(store: Any, agent: str, letter_id: str, decision: Decision) -> None:
        decide(store, agent, letter_id, Decision(LetterStatus.REPLAYED, "another", "first", NOON))
        raise LetterDecidedError("not open")

    monkeypatch.setattr(type(fleet.letters), "decide", too_late)
    answer = fleet.operator("POST", f"{path}/drop", {"reason": "r"})

    assert (answer.status, "replayed by another" in answer.error["message"]) == (409, True)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}, {"reason": "r" * 501}, {"reason": None}])
def test_decision_without_a_reason_is_refused(fleet: FleetInMemory, body: Any) -> None:
    path = _place(fleet, PARKED)

    for decision in ("replay", "drop"):
        assert _refused(fleet, f"{path}/{decision}", body).error["field"] == "reason"
    assert fleet.operator("POST", f"{path}/drop", {"reason": "r" * 500}).status == 200


def test_message_that_fails_again_and_again_is_a_letter_that_can_be_replayed(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.mailboxes.put("device/d-1", '{"to":"device/d-1","messages":[{"type":"UnheardOf","data":{}}]}')
    fleet.run_agents(may_fail=True)

    (letter,) = fleet.operator("GET", LETTERS, query={"agent": "device/d-1"}).body["letters"]
    assert (letter["kind"], letter["attempts"], letter["message_types"]) == ("parked", 5, ["UnheardOf"])
    assert "UnheardOf" in letter["reason"]

    fleet.operator("POST", f"{LETTERS}/{letter['address']}/replay", {"reason": "new code"})
    fleet.run_agents(may_fail=True)

    (again,) = fleet.operator("GET", LETTERS, query={"agent": "device/d-1"}).body["letters"]
    assert again["letter_id"] != letter["letter_id"], "it failed again, and is another letter"


@pytest.mark.parametrize("kind", [LetterKind.PARKED, LetterKind.REFUSED])
def test_call_to_the_outside_is_handed_over_again_under_its_key(fleet: FleetInMemory, kind: LetterKind) -> None:
    call = ExternalCall("erp", '{"order":1}', "device/kiosk/7/1")
    letter = letter_of(WaitingCall("m-1", call, NOON, receives=3), kind, "answered 401", NOON)
    path = _place(fleet, letter)

    shown = fleet.operator("GET", path)
    answer = fleet.operator("POST", f"{path}/replay", {"reason": "secret renewed"})

    assert (shown.body["possible"], shown.body["text"]) == (["replay", "drop"], '{"order":1}')
    assert answer.status == 200
    assert answer.body["decision"]["status"] == "replayed"
    assert fleet.runtime.calls.handed_over == [call]


def test_call_that_the_queue_does_not_take_stays_open(fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    call = ExternalCall("erp", "{}", "device/kiosk/7/1")
    path = _place(fleet, letter_of(WaitingCall("m-1", call, NOON, receives=3), LetterKind.PARKED, "500", NOON))
    monkeypatch.setattr(InMemoryExternalCaller, "hand_over", lambda _caller, calls: range(len(calls)))

    assert fleet.operator("POST", f"{path}/replay", {"reason": "try again"}).status == 503
    assert fleet.operator("GET", path).body["decision"] is None
