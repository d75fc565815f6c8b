from lab.benchmarks.agent_items import AgentItem, item_size_bytes, turns_between


def test_an_agents_commits_are_the_growth_of_its_version():
    before = {"device/a": AgentItem(version=3, size_bytes=900)}
    after = {"device/a": AgentItem(version=8, size_bytes=1100), "device/b": AgentItem(version=1, size_bytes=700)}

    (turns,) = turns_between(before, after)

    assert (turns.kind, turns.agents, turns.commits) == ("device", 2, 6)
    assert turns.write_units == 5 * 2 + 1 * 1
    assert turns.read_units == 6


def test_an_agent_that_took_no_turn_costs_nothing():
    items = {"device/a": AgentItem(version=3, size_bytes=900)}

    assert turns_between(items, items) == []


def test_kinds_are_told_apart_and_the_busiest_comes_first():
    after = {"batch/x/1": AgentItem(2, 5000), "device/a": AgentItem(6, 100)}

    assert [of_kind.kind for of_kind in turns_between({}, after)] == ["device", "batch"]
    assert turns_between({}, after)[1].write_units == 10


def test_the_size_of_an_item_is_that_of_its_names_and_values():
    assert item_size_bytes({"agent": {"S": "device/ä"}}) == len("agent") + 9
    assert item_size_bytes({"version": {"N": "12"}}) == len("version") + 2
    assert item_size_bytes({"lanes": {"M": {"normal": {"S": "x"}}}}) == len("lanes") + 3 + len("normal") + 1 + 1
