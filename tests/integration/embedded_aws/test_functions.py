import io
import json
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws
from tests.integration.embedded_aws.resources import Resources, eventually


def _invoke(aws: EmbeddedAws, function: str) -> dict[str, Any]:
    answer: dict[str, Any] = aws.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    return answer


def _log_of(aws: EmbeddedAws, function: str) -> str:
    log_group = f"/aws/lambda/{function.rpartition(':')[2]}"
    return "".join(event["message"] for event in aws.client("logs").filter_log_events(logGroupName=log_group)["events"])


def test_an_error_carries_the_name_of_its_class(resources: Resources) -> None:
    function = resources.function("""
        class RingIsFullError(Exception): pass

        def handler(event, context):
            raise RingIsFullError("canary")
    """)

    answer = json.loads(_invoke(resources.aws, function)["Payload"].read())

    assert (answer["errorType"], answer["errorMessage"]) == ("RingIsFullError", "canary")


def test_a_state_machine_retries_and_catches_errors_by_class(resources: Resources) -> None:
    journal = resources.journal()
    function = resources.function(
        """
        import os

        class TryAgainError(Exception): pass
        class GiveUpError(Exception): pass

        def handler(event, context):
            with open(os.environ["JOURNAL"], "a") as journal:
                journal.write("1\\n")
            raise TryAgainError("once") if len(open(os.environ["JOURNAL"]).readlines()) == 1 else GiveUpError("now")
        """,
        journal=journal,
    )
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function},
        "TimeoutSeconds": 10,
        "Retry": [{"ErrorEquals": ["TryAgainError"], "IntervalSeconds": 1, "MaxAttempts": 3}],
        "Catch": [{"ErrorEquals": ["GiveUpError"], "Next": "GivenUp"}],
        "End": True,
    }
    machine = resources.state_machine({"StartAt": "Call", "States": {"Call": call, "GivenUp": {"Type": "Succeed"}}})

    execution = resources.execution(machine, {})

    assert (execution["status"], json.loads(execution["output"])["Error"]) == ("SUCCEEDED", "GiveUpError")
    assert len(journal.entries()) == 2


def test_lines_of_the_logging_module_reach_the_log(resources: Resources) -> None:
    function = resources.function("""
        import logging
        logging.getLogger().setLevel(logging.INFO)

        def handler(event, context):
            logging.getLogger("fleet").info("ring %s is open", "canary")
            logging.getLogger("fleet").debug("not asked for")
    """)

    _invoke(resources.aws, function)

    log = eventually(lambda: _log_of(resources.aws, function))
    assert "[INFO]" in log
    assert "ring canary is open" in log
    assert "not asked for" not in log


def test_all_lines_of_an_invocation_are_logged_and_the_mark_after_them_is_not(resources: Resources) -> None:
    function = resources.function("""
        def handler(event, context):
            for number in range(500):
                print(f"line-{number}.")
    """)

    _invoke(resources.aws, function)

    log = eventually(lambda: _log_of(resources.aws, function))
    assert all(f"line-{number}." in log for number in range(500))
    assert "ringtree-end-of-invocation" not in log


def test_an_invocation_that_logs_nothing_is_not_held_up(resources: Resources) -> None:
    function = resources.function("def handler(event, context): return 1")
    _invoke(resources.aws, function)
    invoke = resources.aws.client("lambda").invoke

    started = time.perf_counter()
    for _ in range(20):
        invoke(FunctionName=function, Payload=b"{}")
    per_invocation = (time.perf_counter() - started) / 20

    assert per_invocation < 0.045, "the emulator's own wait is 0.050 s"


def test_messages_of_a_killed_worker_come_back_after_the_visibility_timeout(resources: Resources) -> None:
    journal = resources.journal()
    url, arn = resources.queue(is_fifo=True, visibility_seconds=2)
    function = resources.function(
        """
        import json, os, time

        def handler(event, context):
            received = [int(r["attributes"]["ApproximateReceiveCount"]) for r in event["Records"]]
            with open(os.environ["JOURNAL"], "a") as journal:
                journal.write(json.dumps({"received": received, "at": time.time()}) + "\\n")
            if received[0] == 1:
                os._exit(9)
        """,
        journal=journal,
    )
    resources.consume(arn, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    resources.aws.client("sqs").send_message(QueueUrl=url, MessageBody="work", MessageGroupId="agent/1")

    killed, survived = eventually(lambda: journal.entries() if len(journal.entries()) == 2 else None)

    assert (killed["received"], survived["received"]) == ([1], [2])
    assert survived["at"] - killed["at"] >= 1.9


def test_only_the_messages_reported_as_failed_come_back(resources: Resources) -> None:
    journal = resources.journal()
    url, arn = resources.queue(is_fifo=True, visibility_seconds=1)
    function = resources.function(
        """
        import json, os

        def handler(event, context):
            first_time = [r for r in event["Records"] if r["attributes"]["ApproximateReceiveCount"] == "1"]
            with open(os.environ["JOURNAL"], "a") as journal:
                journal.write(json.dumps([r["body"] for r in event["Records"]]) + "\\n")
            return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in first_time if r["body"] == "bad"]}
        """,
        journal=journal,
    )
    sqs = resources.aws.client("sqs")
    for body, group in (("good", "a"), ("bad", "b"), ("fine", "c")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
    resources.consume(arn, function, FunctionResponseTypes=["ReportBatchItemFailures"])

    eventually(lambda: len(journal.entries()) >= 2)

    assert sorted(body for batch in journal.entries() for body in batch) == ["bad", "bad", "fine", "good"]


def test_functions_share_one_unpacked_copy_of_a_layer(resources: Resources) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("python/of_the_layer.py", "")
    published = resources.aws.client("lambda").publish_layer_version(
        LayerName="shared", Content={"ZipFile": packed.getvalue()}
    )
    source = """
        import of_the_layer

        def handler(event, context):
            return of_the_layer.__file__
    """
    functions = [resources.function(source, layers=[published["LayerVersionArn"]]) for _ in range(2)]

    first, second = (json.loads(_invoke(resources.aws, function)["Payload"].read()) for function in functions)

    assert first == second
    assert first.endswith("/python/of_the_layer.py")


def test_many_invocations_at_once_share_a_few_environments(resources: Resources) -> None:
    function = resources.function("""
        import os, time

        def handler(event, context):
            time.sleep(0.05)
            return os.getpid()
    """)

    with ThreadPoolExecutor(60) as callers:
        answers = list(callers.map(lambda _: _invoke(resources.aws, function), range(60)))

    assert not [answer for answer in answers if "FunctionError" in answer]
    environments = {answer["Payload"].read() for answer in answers}
    assert 1 < len(environments) <= 4 * (os.cpu_count() or 1)
