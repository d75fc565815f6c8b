"""What agents became in the story, version by version, and each of these rebuilt from what they were told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from ringtree_cli.journal_answers import AgentVersion, Rebuild
from ringtree_cli.main import main

from lambdas.actors.actor_id import ActorId
from lambdas.actors.journal import JournalContent, JournalEntry, pack_content, unpack_content
from lambdas.aws.journal_items import from_journal_item, journal_key
from tests.end_to_end.story import Story
from tests.live_system.patience import eventually

if TYPE_CHECKING:
    from tests.conftest import Ringtree


def whole_journal(story: Story, agent: str) -> tuple[AgentVersion, ...]:
    """All versions, newest first, once the newest is among them: the journal is some seconds behind."""

    def read() -> tuple[AgentVersion, ...] | None:
        latest = story.operations.api.agent(agent).version
        entries: list[AgentVersion] = []
        cursor = None
        while True:
            page = story.operations.api.journal_page(agent, 7, cursor)
            entries += page.entries
            cursor = page.cursor
            if cursor is None:
                return tuple(entries) if entries and entries[0].version == latest else None

    return eventually(read, f"all versions of {agent} are in the journal")


def rebuilt(story: Story, agent: str, version: int) -> Rebuild:
    return story.operations.api.rebuild(agent, version)


def agents_of(story: Story) -> dict[str, str]:
    """One agent of each kind that the story has."""
    deployment_id = story.bad.deployment.deployment_id
    return {
        "device": f"device/{story.simulated[0]}",
        "real_device": f"device/{story.real}",
        "batch": story.bad.outcomes[story.simulated[0]].batch,
        "ring_analyst": f"ring_analyst/{deployment_id}/{story.rings[0]}",
        "deployment": f"deployment/{deployment_id}",
    }


@pytest.mark.parametrize("who", ["device", "real_device", "batch", "ring_analyst", "deployment"])
def test_the_journal_has_every_version_without_holes_and_each_is_rebuilt_bit_for_bit(story: Story, who: str) -> None:
    agent = agents_of(story)[who]
    versions = whole_journal(story, agent)

    assert [one.version for one in versions] == list(range(len(versions), 0, -1))
    outcomes = {one.version: rebuilt(story, agent, one.version) for one in versions}
    assert {version: (one.outcome, one.reason) for version, one in outcomes.items()} == dict.fromkeys(
        outcomes, ("identical", None)
    )

    def is_rebuilt_as_it_stands() -> bool:
        stands = story.operations.api.agent(agent)
        newest = whole_journal(story, agent)[0].version
        return newest == stands.version and rebuilt(story, agent, newest).state == stands.state

    eventually(is_rebuilt_as_it_stands, f"the newest version of {agent} is rebuilt as it stands")


def test_a_version_says_what_the_device_was_told_and_which_run_committed_it(story: Story) -> None:
    versions = whole_journal(story, agents_of(story)["device"])

    told = [one.type for version in reversed(versions) for one in version.inputs or ()]
    assert told[0] == "RegisterDevice"
    assert {"InstallRelease", "InstallProgressed", "InstallEnded"} <= set(told)
    assert all(version.committed_by and version.lane == "normal" for version in versions)


@contextmanager
def entry_by_hand(ringtree: "Ringtree", agent: str, version: int, **fields: Any) -> Iterator[None]:
    """Change fields of the state in an entry, past the API, and put it right in the end."""
    dynamodb, table = ringtree.aws.client("dynamodb"), ringtree.stack_output("JournalTable")
    item = dynamodb.get_item(TableName=table, Key=journal_key(ActorId.parse(agent), version))["Item"]
    content = unpack_content(item["content"]["B"])
    entry: JournalEntry = from_journal_item(item, content)
    state = msgspec.json.decode(content.state or "")
    forged = JournalContent(entry.turn, msgspec.json.encode(state | fields).decode())
    packed = pack_content(from_journal_item(item, forged))
    dynamodb.put_item(TableName=table, Item={**item, "content": {"B": packed}})
    yield
    dynamodb.put_item(TableName=table, Item=item)


def newest_snapshot(ringtree: "Ringtree", story: Story, agent: str) -> int:
    """The newest version whose entry holds the state itself, not only its digest."""
    dynamodb, table = ringtree.aws.client("dynamodb"), ringtree.stack_output("JournalTable")
    for one in whole_journal(story, agent):
        item = dynamodb.get_item(TableName=table, Key=journal_key(ActorId.parse(agent), one.version))["Item"]
        if unpack_content(item["content"]["B"]).state:
            return one.version
    raise AssertionError(f"no version of {agent} is a snapshot")


def test_an_entry_altered_by_hand_is_reported_at_its_version_with_the_field(
    ringtree: "Ringtree", story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = agents_of(story)["device"]
    version = newest_snapshot(ringtree, story, agent)
    command = ["--config", str(ringtree.aws.state.connection), "agents", "rebuild", agent, "--to-version", str(version)]

    assert main(command) == 0
    assert "bit for bit what was committed" in capsys.readouterr().out

    with entry_by_hand(ringtree, agent, version, ring="forged"):
        found = rebuilt(story, agent, version)
        assert main(command) == 1
        printed = capsys.readouterr().out

    assert found.outcome == "diverged"
    assert found.divergence is not None
    assert (found.divergence.version, found.divergence.path) == (version, "$.ring")
    assert (found.divergence.committed, found.divergence.rebuilt) == ('"forged"', f'"{story.rings[0]}"')
    assert f"from version {version} on, at $.ring" in printed
    assert rebuilt(story, agent, version).outcome == "identical"
