import json

from tests.integration.embedded_aws.resources import Resources, eventually

_DIES_AS_IT_STARTS_THE_SECOND_TIME = """
    import json, os, time

    def lines():
        with open(os.environ["JOURNAL"]) as journal:
            return journal.read().split()

    def note(word):
        with open(os.environ["JOURNAL"], "a") as journal:
            journal.write(json.dumps(word) + "\\n")

    note("started")
    if lines().count('"started"') == 2:
        note("died")
        os._exit(9)

    def handler(event, context):
        deadline = time.time() + 5
        while "died" not in "".join(lines()) and time.time() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        note([record["body"] for record in event["Records"]])
"""


def test_an_environment_that_dies_as_it_starts_does_not_end_one_at_work(resources: Resources) -> None:
    journal = resources.journal()
    url, arn = resources.queue(is_fifo=True, visibility_seconds=30)
    function = resources.function(_DIES_AS_IT_STARTS_THE_SECOND_TIME, journal=journal)
    sqs = resources.aws.client("sqs")
    for group in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group)

    resources.consume(arn, function, BatchSize=1)

    done = eventually(lambda: [entry for entry in journal.entries() if isinstance(entry, list)], within_seconds=15)
    assert len(done) == 1
    assert journal.entries().count("died") == 1, json.dumps(journal.entries())
