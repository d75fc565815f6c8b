"""Telling, asking, suspending and resuming agents, and their dead letters, through the real API and command line."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lambdas.actors.letters import LETTER_INLINE_BYTES
from tests.live_system.mailboxes import Mailbox
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually

if TYPE_CHECKING:
    from tests.conftest import Ringtree

CommandLine = Callable[..., tuple[int, Any]]


def _ring(operations: Operations, agent: str) -> str:
    ring: str = operations.state_of(agent)["ring"]
    return ring


def _letters(command_line: CommandLine, agent: str) -> list[dict[str, Any]]:
    code, page = command_line("dead-letters", "list", "--agent", agent)
    assert code == 0
    letters: list[dict[str, Any]] = page["letters"]
    return letters


def _await_letters(command_line: CommandLine, agent: str, count: int) -> list[dict[str, Any]]:
    def found() -> list[dict[str, Any]] | None:
        letters = _letters(command_line, agent)
        return letters if len(letters) == count else None

    return eventually(found, f"{count} letters of {agent}", 60.0)


def test_message_sent_from_the_command_line_takes_effect(
    operations: Operations, command_line: CommandLine, agent: str
) -> None:
    code, accepted = command_line("agents", "send", agent, "AssignRing", "ring=early")

    assert (code, accepted["agent"], accepted["lane"]) == (0, agent, "normal")
    eventually(lambda: _ring(operations, agent) == "early", f"{agent} has moved")


def test_answer_of_an_agent_comes_within_the_request(ringtree: "Ringtree", operations: Operations, agent: str) -> None:
    answer = ringtree.operator.post(f"/v1/agents/{agent}/ask", json={"type": "AssignRing", "data": {"ring": "early"}})

    assert (answer.status_code, answer.json()["outcome"]) == (200, "replied")
    assert _ring(operations, agent) == "early"
    promise = ringtree.operator.get(f"/v1/promises/{answer.json()['promise_id']}")
    assert promise.json() == answer.json()


def test_question_under_one_key_is_asked_once_and_another_under_it_is_refused(
    ringtree: "Ringtree", operations: Operations, agent: str
) -> None:
    path, key = f"/v1/agents/{agent}/ask", {"Idempotency-Key": "move-1"}
    early, broad = ({"type": "AssignRing", "data": {"ring": ring}} for ring in ("early", "broad"))
    first = ringtree.operator.post(path, json=early, headers=key)
    ringtree.operator.post(path, json=broad)

    again = ringtree.operator.post(path, json=early, headers=key)
    other = ringtree.operator.post(path, json=broad, headers=key)

    assert (again.status_code, again.json()) == (200, first.json())
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert _ring(operations, agent) == "broad"


def test_suspended_agent_owes_its_answer_and_handles_in_order_what_was_held_once_it_is_resumed(
    ringtree: "Ringtree", operations: Operations, command_line: CommandLine, agent: str
) -> None:
    assert command_line("agents", "suspend", agent, "--reason", "being looked at")[0] == 0
    eventually(lambda: command_line("agents", "show", agent)[1]["status"] == "suspended", f"{agent} is suspended")
    asked = ringtree.operator.post(
        f"/v1/agents/{agent}/ask",
        json={"type": "AssignRing", "data": {"ring": "early"}, "timeout_seconds": 0.5},
    )
    command_line("agents", "send", agent, "AssignRing", "ring=broad")
    letters = _await_letters(command_line, agent, 2)

    assert asked.status_code == 202
    assert asked.headers["Location"] == f"/v1/promises/{asked.json()['promise_id']}"
    assert [letter["kind"] for letter in letters] == ["held", "held"]
    shown = command_line("agents", "show", agent)[1]
    assert (shown["waiting"], shown["status_reason"]) == (2, "operator: being looked at")
    assert _ring(operations, agent) == "canary"
    code, told = command_line("dead-letters", "replay", letters[0]["address"], "--reason", "r", "--yes")
    assert (code, "/resume" in told) == (7, True)

    assert command_line("agents", "resume", agent, "--reason", "seen enough")[0] == 0

    eventually(lambda: command_line("agents", "show", agent)[1]["status"] == "running", f"{agent} runs")
    assert _ring(operations, agent) == "broad"
    assert command_line("promises", "show", asked.json()["promise_id"])[1]["outcome"] == "replied"
    eventually(lambda: not _letters(command_line, agent), "no letter is open any more")


def test_held_letter_that_is_dropped_is_never_handled(
    operations: Operations, command_line: CommandLine, agent: str
) -> None:
    command_line("agents", "suspend", agent, "--reason", "being looked at")
    eventually(lambda: command_line("agents", "show", agent)[1]["status"] == "suspended", f"{agent} is suspended")
    for ring in ("early", "broad"):
        command_line("agents", "send", agent, "AssignRing", f"ring={ring}")
    _, unwanted = _await_letters(command_line, agent, 2)

    command_line("dead-letters", "drop", unwanted["address"], "--reason", "sent by mistake", "--yes")
    decided = eventually(
        lambda: command_line("dead-letters", "show", unwanted["address"])[1]["decision"], "the agent has obeyed"
    )
    command_line("agents", "resume", agent, "--reason", "seen enough")

    assert (decided["status"], decided["by"], decided["because"]) == ("dropped", "operator", "sent by mistake")
    eventually(lambda: command_line("agents", "show", agent)[1]["status"] == "running", f"{agent} runs")
    assert _ring(operations, agent) == "early"


def test_message_that_the_agent_cannot_handle_is_parked_replayed_and_dropped(
    ringtree: "Ringtree", operations: Operations, command_line: CommandLine, agent: str
) -> None:
    much = "x" * (LETTER_INLINE_BYTES + 1)
    message = {"type": "FromTomorrow", "data": {"task_token": "secret", "much": much}}
    Mailbox.of(ringtree.aws, "device").deliver({"to": agent, "messages": [message]})
    command_line("agents", "send", agent, "AssignRing", "ring=early")
    (letter,) = _await_letters(command_line, agent, 1)

    assert (letter["kind"], letter["attempts"], letter["message_types"]) == ("parked", 5, ["FromTomorrow"])
    eventually(lambda: _ring(operations, agent) == "early", "the message behind it is handled")
    shown = command_line("dead-letters", "show", letter["address"])[1]
    assert (shown["messages"][0]["data"], shown["possible"]) == ({"much": much}, ["replay", "drop"])
    assert shown["claim"]["size_bytes"] > LETTER_INLINE_BYTES

    code, replayed = command_line("dead-letters", "replay", letter["address"], "--reason", "new code", "--yes")
    assert (code, replayed["status"], replayed["decision"]["by"]) == (0, "replayed", "operator")
    (again,) = _await_letters(command_line, agent, 1)
    assert again["letter_id"] != letter["letter_id"]
    code, dropped = command_line("dead-letters", "drop", again["address"], "--reason", "never", "--yes")
    assert (code, dropped["status"]) == (0, "dropped")
    code, told = command_line("dead-letters", "drop", again["address"], "--reason", "again", "--yes")
    assert (code, "was dropped by operator" in told) == (7, True)


def test_message_that_is_none_is_refused_at_once_and_can_only_be_dropped(
    ringtree: "Ringtree", command_line: CommandLine, agent: str
) -> None:
    Mailbox.of(ringtree.aws, "device").deliver({"to": agent, "messages": "none"})
    (letter,) = _await_letters(command_line, agent, 1)

    assert letter["kind"] == "refused"
    assert command_line("dead-letters", "replay", letter["address"], "--reason", "r", "--yes")[0] == 7
    assert command_line("dead-letters", "drop", letter["address"], "--reason", "r", "--yes")[0] == 0


def test_reset_agent_begins_anew(operations: Operations, command_line: CommandLine, agent: str) -> None:
    code, accepted = command_line("agents", "reset", agent, "--reason", "corrupted", "--yes")

    assert (code, accepted["lane"]) == (0, "control")
    eventually(lambda: command_line("agents", "show", agent)[1]["incarnation"] == 1, f"{agent} begins anew")
    assert not operations.state_of(agent)["is_registered"]
