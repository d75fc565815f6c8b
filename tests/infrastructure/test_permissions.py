"""Who may do what: the whole of it. A permission that is added or lost changes this page."""

from collections import defaultdict

from tests.infrastructure.synthesis import Synthesis

TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TAKE = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
TELL = {"sqs:SendMessage"}
TURNS = {"dynamodb:BatchGetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"}
PUBLISH = {"events:PutEvents"}
ANSWER = {"states:SendTaskFailure", "states:SendTaskSuccess"}
START = {"states:StartExecution"}
FOLLOW = {"states:DescribeExecution", "states:StopExecution"}
KNOW = {"secretsmanager:GetSecretValue"}

DEVICE = "RingtreeAgents/DeviceMailbox/Queue"
DEVICE_CONTROL = "RingtreeAgents/DeviceControlMailbox/Queue"
BATCH = "RingtreeAgents/BatchMailbox/Queue"
BATCH_CONTROL = "RingtreeAgents/BatchControlMailbox/Queue"
RING_ANALYST = "RingtreeAgents/RingAnalystMailbox/Queue"
RING_ANALYST_CONTROL = "RingtreeAgents/RingAnalystControlMailbox/Queue"
DEPLOYMENT = "RingtreeAgents/DeploymentMailbox/Queue"
DEPLOYMENT_CONTROL = "RingtreeAgents/DeploymentControlMailbox/Queue"
TASK = "RingtreeAgents/TaskMailbox/Queue"
TASK_SCHEDULER = "RingtreeAgents/TaskSchedulerMailbox/Queue"
NORMAL = (BATCH, DEPLOYMENT, DEVICE, RING_ANALYST, TASK, TASK_SCHEDULER)
CONTROL = (BATCH_CONTROL, DEPLOYMENT_CONTROL, DEVICE_CONTROL, RING_ANALYST_CONTROL)
WAKE_UPS = "RingtreeAgents/WakeUps/Queue"
AGENTS = "RingtreeData/Agents/Table"
CATALOG = "RingtreeData/Catalog/Table"
RECORDS = "RingtreeData/RuntimeRecords/Table"
METRICS = "RingtreeData/DeviceMetrics/Table"
JOURNAL = "RingtreeData/Journal/Table"
ARTIFACTS = "RingtreeData/Artifacts/Bucket"
BUS = "RingtreeData/FleetEvents"
SUPERVISION = "RingtreeSupervision"

OWN = TAKE | TELL
LEASE = {"dynamodb:GetItem", "dynamodb:UpdateItem"}
CLAIMS = {ARTIFACTS: {"s3:ListBucket"}, f"{ARTIFACTS}/claims/*": {"s3:GetObject", "s3:PutObject"}}
AGENT: dict[str, set[str]] = {
    WAKE_UPS: TELL,
    AGENTS: TURNS,
    RECORDS: {
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    },
    **CLAIMS,
}
"""What agents of every kind may do."""

FUNCTIONS: dict[str, dict[str, set[str]]] = {
    "RingtreeAgents/Device/Turns": {
        **AGENT, DEVICE: OWN, DEVICE_CONTROL: OWN, BATCH: TELL, BATCH_CONTROL: TELL, TASK_SCHEDULER: TELL, BUS: PUBLISH,
    },
    "RingtreeAgents/Batch/Turns": {
        **AGENT, BATCH: OWN, BATCH_CONTROL: OWN, DEVICE: TELL, DEVICE_CONTROL: TELL,
        RING_ANALYST: TELL, RING_ANALYST_CONTROL: TELL,
        f"{SUPERVISION}/RingRollout/Machine": ANSWER, f"{SUPERVISION}/RingRollout/Machine/*": ANSWER,
        f"{SUPERVISION}/Rollback/Machine": ANSWER, f"{SUPERVISION}/Rollback/Machine/*": ANSWER,
    },
    "RingtreeAgents/RingAnalyst/Turns": {
        **AGENT, RING_ANALYST: OWN, RING_ANALYST_CONTROL: OWN, BATCH: TELL, BATCH_CONTROL: TELL,
        DEPLOYMENT: TELL, DEPLOYMENT_CONTROL: TELL, f"{SUPERVISION}/RingRollout/Machine": ANSWER,
    },
    "RingtreeAgents/Deployment/Turns": {
        **AGENT, DEPLOYMENT: OWN, DEPLOYMENT_CONTROL: OWN, RING_ANALYST: TELL, RING_ANALYST_CONTROL: TELL,
        BUS: PUBLISH, f"{SUPERVISION}/Deployment/Machine": ANSWER,
    },
    "RingtreeAgents/TaskScheduler/Turns": {
        **AGENT, TASK_SCHEDULER: OWN, DEVICE: TELL, DEVICE_CONTROL: TELL, TASK: TELL,
    },
    "RingtreeAgents/Task/Turns": {
        **AGENT, TASK: OWN, DEVICE: TELL, DEVICE_CONTROL: TELL,
    },
    "RingtreeAgents/WakeUpRelay/Relay": {
        WAKE_UPS: TAKE, **dict.fromkeys(NORMAL, TELL),
    },
    "RingtreeAgents/WakeUpSweep/Sweep": {
        WAKE_UPS: TELL, RECORDS: {"dynamodb:BatchWriteItem", "dynamodb:Query"} | LEASE,
    },
    "RingtreeAgents/WakeUpReconciliation/Reconciliation": {
        AGENTS: {"dynamodb:Scan"}, RECORDS: LEASE, **dict.fromkeys(NORMAL, TELL),
    },
    "RingtreeAgents/CallOutWorker/Worker": {
        "RingtreeAgents/CallOuts/Queue": TAKE,
        RECORDS: {"dynamodb:GetItem", "dynamodb:PartiQLInsert", "dynamodb:UpdateItem"},
    },
    "RingtreeAgents/JournalWriter/Writer": {
        AGENTS: {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
        f"{AGENTS}/stream/*": {"dynamodb:ListStreams"}, JOURNAL: {"dynamodb:BatchWriteItem"},
        f"{ARTIFACTS}/claims/*": {"s3:PutObject"},
        "RingtreeAgents/JournalWriter/Unkept": TELL | {"sqs:GetQueueAttributes", "sqs:GetQueueUrl"},
    },
    "RingtreeApi/OperatorFunction": {
        **dict.fromkeys((*NORMAL, *CONTROL), TELL | {"sqs:GetQueueAttributes"}), **CLAIMS,
        AGENTS: {"dynamodb:BatchGetItem"}, f"{AGENTS}/index/by_kind": {"dynamodb:Query"},
        RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        f"{RECORDS}/index/by_view": {"dynamodb:Query"}, JOURNAL: {"dynamodb:Query"},
        "RingtreeAgents/CallOuts/Queue": TELL,
        CATALOG: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        METRICS: {"dynamodb:BatchGetItem", "dynamodb:Query"},
        f"{ARTIFACTS}/releases/*": {"s3:GetObject", "s3:PutObject"},
        f"{SUPERVISION}/Deployment/Machine": START,
    },
    "RingtreeApi/OperatorAuthorizer": {
        "RingtreeData/OperatorToken/Secret": KNOW,
    },
    "RingtreeApi/DeviceFunction": {
        DEVICE: TELL, BUS: PUBLISH,
        AGENTS: {"dynamodb:BatchGetItem"}, CATALOG: {"dynamodb:GetItem", "dynamodb:Query"},
        f"{ARTIFACTS}/releases/*": {"s3:GetObject"},
        "RingtreeData/DeviceTokenKey/Secret": KNOW, "RingtreeData/EnrolmentToken/Secret": KNOW,
    },
    "RingtreeApi/DeviceAuthorizer": {
        "RingtreeData/DeviceTokenKey/Secret": KNOW,
    },
    "RingtreeApi/HeartbeatIntake/Recorder": {
        "RingtreeApi/HeartbeatIntake/Heartbeats": TAKE, DEVICE: TELL, BUS: PUBLISH,
        METRICS: {"dynamodb:BatchWriteItem", "dynamodb:UpdateItem"},
    },
    "RingtreeApi/LivenessSweep/Sweep": {
        DEVICE: TELL, BUS: PUBLISH, f"{METRICS}/index/by_lease": {"dynamodb:Query"},
        METRICS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}, RECORDS: LEASE,
    },
    "RingtreeSupervision/PlanDeployment": {
        AGENTS: {"dynamodb:BatchGetItem"}, f"{AGENTS}/index/by_kind": {"dynamodb:Query"},
        f"{ARTIFACTS}/plans/*": {"s3:PutObject"},
    },
    "RingtreeSupervision/PlanRollback": {
        AGENTS: {"dynamodb:BatchGetItem"}, f"{ARTIFACTS}/rollbacks/*": {"s3:PutObject"},
    },
}  # fmt: skip

OWNERS: dict[str, set[tuple[str, str]]] = {
    **{
        f"RingtreeAgents/{name}/Turns": {
            ("dynamodb:BatchGetItem", f"{kind}/*"),
            ("dynamodb:Query", f"{kind}/*"),
            ("dynamodb:UpdateItem", f"{kind}/*"),
            ("dynamodb:BatchWriteItem", "minute#*"),
            ("dynamodb:PartiQLInsert", ""),
            ("dynamodb:PartiQLUpdate", ""),
        }
        for name, kind in {
            "Device": "device",
            "Batch": "batch",
            "RingAnalyst": "ring_analyst",
            "Deployment": "deployment",
            "TaskScheduler": "task_scheduler",
            "Task": "task",
        }.items()
    },
    "RingtreeAgents/WakeUpSweep/Sweep": {
        ("dynamodb:BatchWriteItem", "minute#*"), ("dynamodb:Query", "minute#*"),
        ("dynamodb:GetItem", "cursor#*"), ("dynamodb:UpdateItem", "cursor#*"),
        ("dynamodb:GetItem", "lease#*"), ("dynamodb:UpdateItem", "lease#*"),
    },
    "RingtreeAgents/WakeUpReconciliation/Reconciliation": {
        ("dynamodb:GetItem", "cursor#*"), ("dynamodb:UpdateItem", "cursor#*"),
        ("dynamodb:GetItem", "lease#*"), ("dynamodb:UpdateItem", "lease#*"),
    },
    "RingtreeApi/LivenessSweep/Sweep": {("dynamodb:GetItem", "lease#*"), ("dynamodb:UpdateItem", "lease#*")},
}  # fmt: skip
"""Of whose runtime records functions may do what; empty: of anybody's."""

WRITE_RESULTS = {"s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"}
EXECUTIONS = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution"
EVENT_RULES = "arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule"
NESTED_RULE = f"{EVENT_RULES}/StepFunctionsGetEventsForStepFunctionsExecutionRule"
KEEP_RULE = {"events:DescribeRule", "events:PutRule", "events:PutTargets"}
LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
SAMPLED_TRACES = TRACES | {"xray:GetSamplingRules", "xray:GetSamplingTargets"}

MACHINES: dict[str, dict[str, set[str]]] = {
    f"{SUPERVISION}/Deployment/Machine": {
        DEPLOYMENT: TELL,
        f"{SUPERVISION}/PlanDeployment/Function": {"lambda:InvokeFunction"},
        f"{SUPERVISION}/RingRollout/Machine": START,
        f"{EXECUTIONS}:{SUPERVISION}/RingRollout/Machine:*": FOLLOW,
        NESTED_RULE: KEEP_RULE,
    },
    f"{SUPERVISION}/RingRollout/Machine": {
        BATCH: TELL, RING_ANALYST: TELL, DEPLOYMENT: TELL,
        f"{ARTIFACTS}/plans/*": {"s3:GetObject"}, f"{ARTIFACTS}/results/*": WRITE_RESULTS,
        f"{SUPERVISION}/RingRollout/Machine": START,
        f"{EXECUTIONS}:{SUPERVISION}/RingRollout/Machine:*": FOLLOW,
        f"{EXECUTIONS}:{SUPERVISION}/RingRollout/Machine/*": FOLLOW,
        f"{SUPERVISION}/Rollback/Machine": START,
        f"{EXECUTIONS}:{SUPERVISION}/Rollback/Machine:*": FOLLOW,
        NESTED_RULE: KEEP_RULE,
    },
    f"{SUPERVISION}/Rollback/Machine": {
        BATCH: TELL,
        f"{SUPERVISION}/PlanRollback/Function": {"lambda:InvokeFunction"},
        f"{ARTIFACTS}/rollbacks/*": {"s3:GetObject"}, f"{ARTIFACTS}/results/*": WRITE_RESULTS,
        f"{SUPERVISION}/Rollback/Machine": START,
        f"{EXECUTIONS}:{SUPERVISION}/Rollback/Machine:*": FOLLOW,
        f"{EXECUTIONS}:{SUPERVISION}/Rollback/Machine/*": FOLLOW,
    },
}  # fmt: skip


def granted(synthesis: Synthesis, role: str) -> dict[str, set[str]]:
    by_resource: dict[str, set[str]] = defaultdict(set)
    for action, resource in synthesis.statements(role):
        by_resource[resource].add(action)
    return dict(by_resource)


def test_each_function_may_do_what_it_does_and_no_more(production: Synthesis):
    for path, expected in FUNCTIONS.items():
        assert granted(production, f"{path}/Role") == expected | {"*": TRACES, f"{path}/Logs": LOGS}, path


def test_runtime_records_are_reached_by_those_whose_they_are(production: Synthesis):
    for path, expected in OWNERS.items():
        assert set(production.owners(f"{path}/Role", RECORDS)) == expected, path


def test_each_state_machine_may_do_what_it_does_and_no_more(production: Synthesis):
    for path, expected in MACHINES.items():
        assert granted(production, f"{path}/Role") == expected | {"*": LOG_DELIVERY | SAMPLED_TRACES}, path


def test_each_role_belongs_to_one_function_or_state_machine(production: Synthesis):
    roles = {role.path for role in production.of_type("AWS::IAM::Role")}

    assert roles == {f"{path}/Role" for path in (*FUNCTIONS, *MACHINES)}


def test_no_role_has_a_managed_policy_or_one_inside_itself(production: Synthesis):
    for role in production.of_type("AWS::IAM::Role"):
        assert not role.properties.keys() & {"ManagedPolicyArns", "Policies"}, role.path


def test_no_permission_names_all_actions_of_a_service(production: Synthesis):
    for role in production.of_type("AWS::IAM::Role"):
        assert not [action for action, _ in production.statements(role.path) if "*" in action], role.path
