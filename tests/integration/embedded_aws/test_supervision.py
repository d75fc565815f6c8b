import json
import threading
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws
from tests.integration.embedded_aws.resources import Resources, eventually

_BATCHES = 5


def _ring(queue_url: str, bucket: str, key: str) -> dict[str, Any]:
    """A map over the lines of an object; each child gives its line to a FIFO mailbox and waits for the answer."""
    open_batch = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": queue_url,
            "MessageGroupId.$": "$.batch",
            "MessageDeduplicationId.$": "$$.Task.Token",
            "MessageBody": {"to.$": "$.batch", "devices.$": "$.devices", "task_token.$": "$$.Task.Token"},
        },
        "TimeoutSeconds": 20,
        "End": True,
    }
    roll_out = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": bucket, "Key": key},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "OpenBatch",
            "States": {"OpenBatch": open_batch},
        },
        "MaxConcurrency": 2,
        "ToleratedFailurePercentage": 100,
        "End": True,
    }
    return {"StartAt": "RollOut", "States": {"RollOut": roll_out}}


def _answer_batches(aws: EmbeddedAws, queue_url: str, answered: list[dict[str, Any]]) -> None:
    """Work off the mailbox as a batch agent would: every batch ends well but the third."""
    sqs, stepfunctions = aws.client("sqs"), aws.client("stepfunctions")
    while len(answered) < _BATCHES:
        received = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in received.get("Messages", []):
            body = json.loads(message["Body"])
            if body["to"].endswith("/3"):
                stepfunctions.send_task_failure(taskToken=body["task_token"], error="BatchFailed", cause="as asked")
            else:
                stepfunctions.send_task_success(taskToken=body["task_token"], output=json.dumps({"done": 2}))
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            answered.append(body)


def test_a_nested_ring_hands_each_line_of_its_plan_to_a_mailbox_and_waits_for_the_answers(
    resources: Resources,
) -> None:
    aws = resources.aws
    queue_url, _ = resources.queue(is_fifo=True)
    bucket, key = queue_url.rpartition("/")[2].removesuffix(".fifo") + "-plans", "plans/d-1/canary.jsonl"
    lines = [{"batch": f"batch/d-1/canary/{number}", "devices": ["a", "b"]} for number in range(_BATCHES)]
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body="\n".join(map(json.dumps, lines)).encode())
    ring = resources.state_machine(_ring(queue_url, bucket, key))
    call_ring = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": ring, "Input": {"ring": "canary"}},
        "TimeoutSeconds": 30,
        "End": True,
    }
    answered: list[dict[str, Any]] = []
    agent = threading.Thread(target=_answer_batches, args=(aws, queue_url, answered))
    agent.start()

    execution = resources.execution(resources.state_machine({"StartAt": "Ring", "States": {"Ring": call_ring}}), {})
    agent.join(timeout=10)

    assert execution["status"] == "SUCCEEDED"
    assert sorted(body["to"] for body in answered) == [line["batch"] for line in lines]
    assert all(body["devices"] == ["a", "b"] for body in answered)
    ring_execution = aws.client("stepfunctions").list_executions(stateMachineArn=ring)["executions"][0]
    map_run = aws.client("stepfunctions").list_map_runs(executionArn=ring_execution["executionArn"])["mapRuns"][0]
    counts = aws.client("stepfunctions").describe_map_run(mapRunArn=map_run["mapRunArn"])["itemCounts"]
    assert (counts["succeeded"], counts["failed"]) == (_BATCHES - 1, 1)


def test_a_batch_that_never_answers_times_out(resources: Resources) -> None:
    queue_url, _ = resources.queue(is_fifo=True)
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": queue_url,
            "MessageGroupId": "batch/1",
            "MessageBody": {"task_token.$": "$$.Task.Token"},
        },
        "TimeoutSeconds": 1,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Silent"}],
        "End": True,
    }

    execution = resources.execution(
        resources.state_machine({"StartAt": "Wait", "States": {"Wait": wait, "Silent": {"Type": "Succeed"}}}), {}
    )

    assert (execution["status"], json.loads(execution["output"])["Error"]) == ("SUCCEEDED", "States.Timeout")


def test_an_execution_name_is_taken_once(resources: Resources) -> None:
    stepfunctions = resources.aws.client("stepfunctions")
    machine = resources.state_machine(
        {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
    )
    first = stepfunctions.start_execution(stateMachineArn=machine, name="deploy-001", input='{"plan": 1}')

    refused: list[str] = []
    try:
        stepfunctions.start_execution(stateMachineArn=machine, name="deploy-001", input='{"plan": 2}')
    except stepfunctions.exceptions.ExecutionAlreadyExists as error:
        refused.append(str(error))

    assert refused
    assert eventually(lambda: resources.ended(first["executionArn"]))["status"] == "SUCCEEDED"
    assert len(stepfunctions.list_executions(stateMachineArn=machine)["executions"]) == 1
