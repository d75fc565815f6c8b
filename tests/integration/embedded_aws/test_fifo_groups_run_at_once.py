from collections import defaultdict
from itertools import pairwise
from typing import Any

from tests.integration.embedded_aws.resources import Resources, eventually

_SLOW_HANDLER = """
import json, os, time

def handler(event, context):
    started = time.time()
    time.sleep(0.4)
    groups = sorted({record["attributes"]["MessageGroupId"] for record in event["Records"]})
    bodies = [record["body"] for record in event["Records"]]
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(json.dumps({"groups": groups, "bodies": bodies, "started": started, "ended": time.time()}))
        journal.write("\\n")
"""


def _batches(resources: Resources, maximum_concurrency: int, groups: int, messages: int) -> list[dict[str, Any]]:
    """Work off messages of several groups, one message a batch; answer the batches as they ran."""
    journal = resources.journal()
    url, arn = resources.queue(is_fifo=True)
    sqs = resources.aws.client("sqs")
    for number in range(messages):
        for group in range(groups):
            sqs.send_message(QueueUrl=url, MessageBody=f"{group}:{number}", MessageGroupId=f"agent/{group}")
    function = resources.function(_SLOW_HANDLER, journal=journal)
    resources.consume(arn, function, BatchSize=1, ScalingConfig={"MaximumConcurrency": maximum_concurrency})
    eventually(lambda: len(journal.entries()) == groups * messages)
    return sorted(journal.entries(), key=lambda batch: batch["started"])


def _most_at_once(batches: list[dict[str, Any]]) -> int:
    return max(_overlapping(batch, batches) for batch in batches)


def _overlapping(batch: dict[str, Any], batches: list[dict[str, Any]]) -> int:
    return len([other for other in batches if other["started"] <= batch["started"] < other["ended"]])


def test_different_groups_run_at_once_and_one_group_never_does(resources: Resources) -> None:
    batches = _batches(resources, maximum_concurrency=4, groups=3, messages=3)

    assert _most_at_once(batches) == 3
    by_group = defaultdict(list)
    for batch in batches:
        by_group[batch["groups"][0]].append(batch)
    for group in by_group.values():
        assert [batch["bodies"][0][-1] for batch in group] == ["0", "1", "2"]
        assert all(earlier["ended"] <= later["started"] for earlier, later in pairwise(group))


def test_no_more_batches_run_at_once_than_the_mapping_allows(resources: Resources) -> None:
    assert _most_at_once(_batches(resources, maximum_concurrency=2, groups=4, messages=1)) == 2
