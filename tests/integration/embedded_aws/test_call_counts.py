from tests.integration.embedded_aws.resources import Resources


def test_calls_are_counted_by_service_and_operation(resources: Resources) -> None:
    aws = resources.aws
    s3, sqs, sts, dynamodb = (aws.client(service) for service in ("s3", "sqs", "sts", "dynamodb"))
    cloudwatch = aws.client("cloudwatch")
    queue_url, _ = resources.queue()
    before = aws.call_counts()

    s3.create_bucket(Bucket="counted")
    s3.put_object(Bucket="counted", Key="plans/d-1/canary.jsonl", Body=b"{}")
    s3.head_object(Bucket="counted", Key="plans/d-1/canary.jsonl")
    sqs.send_message_batch(QueueUrl=queue_url, Entries=[{"Id": "1", "MessageBody": "a"}])
    sts.get_caller_identity()
    dynamodb.list_tables()
    dynamodb.list_tables()
    cloudwatch.list_metrics()

    made = aws.call_counts() - before
    called = {
        ("s3", "PUT /bucket"): 1,
        ("s3", "PutObject"): 1,
        ("s3", "HeadObject"): 1,
        ("sqs", "SendMessageBatch"): 1,
        ("sts", "GetCallerIdentity"): 1,
        ("dynamodb", "ListTables"): 2,
        ("monitoring", "ListMetrics"): 1,
    }
    assert {operation: made.by_operation[operation] for operation in called} == called  # the app may be at work too
    assert made.by_service()["s3"] == made.of("s3") == 3


def test_invocations_and_state_transitions_are_counted(resources: Resources) -> None:
    function = resources.function("def handler(event, context): return event")
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload": {}},
        "TimeoutSeconds": 10,
        "Next": "Rest",
    }
    states = {"Call": call, "Rest": {"Type": "Pass", "End": True}}
    machine = resources.state_machine({"StartAt": "Call", "States": states})
    before = resources.aws.call_counts()

    resources.execution(machine, {})
    resources.aws.client("lambda").invoke(FunctionName=function, Payload=b"{}")

    made = resources.aws.call_counts() - before
    assert made.of("lambda", "Invoke") >= 2
    assert made.of_resource("lambda", "Invoke", function.rpartition(":")[2]) == 2
    assert made.of("states", "StateTransition") == 2
    assert made.of("states", "StartExecution") == 1
