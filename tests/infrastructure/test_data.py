"""What is stored: encrypted, restorable, reached over TLS only."""

from dataclasses import replace
from pathlib import Path

import pytest

from cdk_app.environments import environment_named
from tests.infrastructure.synthesis import Resource, Synthesis, synthesize


@pytest.fixture(scope="module")
def replicated(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    production = environment_named("production")
    home = replace(production, account="111111111111", region="eu-west-1", replica_regions=("us-east-1", "us-west-2"))
    return synthesize(home, tmp_path_factory.mktemp("replicated"))


def replica_regions(table: Resource) -> list[object]:
    return [replica["Region"] for replica in table.properties["Replicas"]]


def test_tables_are_paid_by_use_and_restorable(production: Synthesis):
    tables = production.of_type("AWS::DynamoDB::GlobalTable")

    assert {table.path.split("/")[1] for table in tables} == {
        "Agents",
        "Catalog",
        "DeviceMetrics",
        "Journal",
        "RuntimeRecords",
    }
    for table in tables:
        (replica,) = table.properties["Replicas"]
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
        assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_tables_have_a_copy_in_each_region_that_the_environment_lists(replicated: Synthesis):
    for table in replicated.of_type("AWS::DynamoDB::GlobalTable"):
        assert sorted(map(str, replica_regions(table))) == ["eu-west-1", "us-east-1", "us-west-2"]


def test_production_keeps_its_data_when_its_stacks_go(production: Synthesis):
    kept = ("AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::SQS::Queue")
    for resource in (resource for kind in kept for resource in production.of_type(kind)):
        assert resource.definition["DeletionPolicy"] == "Retain", resource.path
    for table in production.of_type("AWS::DynamoDB::GlobalTable"):
        assert table.properties["Replicas"][0]["DeletionProtectionEnabled"] is True


def test_dev_and_local_leave_nothing_behind(dev: Synthesis, local: Synthesis):
    for synthesis in (dev, local):
        policies = {resource.definition.get("DeletionPolicy") for resource in synthesis.resources}
        assert policies <= {None, "Delete"}


def test_agents_are_listed_by_kind_and_leases_by_time(production: Synthesis):
    (by_kind,) = production.at("RingtreeData/Agents/Table").properties["GlobalSecondaryIndexes"]
    (by_lease,) = production.at("RingtreeData/DeviceMetrics/Table").properties["GlobalSecondaryIndexes"]

    assert [key["AttributeName"] for key in by_kind["KeySchema"]] == ["kind_shard", "agent"]
    assert [key["AttributeName"] for key in by_lease["KeySchema"]] == ["lease_shard", "device_id"]


def test_runtime_records_are_found_by_owner_and_by_view(production: Synthesis):
    table = production.at("RingtreeData/RuntimeRecords/Table").properties
    (by_view,) = table["GlobalSecondaryIndexes"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["owner", "record"]
    assert [key["AttributeName"] for key in by_view["KeySchema"]] == ["view", "listed_at"]
    assert by_view["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["letter"]}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_old_samples_expire(production: Synthesis):
    metrics = production.at("RingtreeData/DeviceMetrics/Table").properties

    assert metrics["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_every_commit_of_an_agent_is_in_the_stream(production: Synthesis):
    agents = production.at("RingtreeData/Agents/Table").properties

    assert agents["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_queues_are_encrypted_and_reached_over_tls_only(production: Synthesis):
    queues = production.of_type("AWS::SQS::Queue")
    guarded = guarded_by(production, "AWS::SQS::QueuePolicy", "Queues")

    assert {queue.path for queue in queues} == guarded
    assert all(queue.properties["SqsManagedSseEnabled"] is True for queue in queues)


def test_buckets_are_private_encrypted_and_reached_over_tls_only(production: Synthesis):
    buckets = production.of_type("AWS::S3::Bucket")

    assert {bucket.path for bucket in buckets} == guarded_by(production, "AWS::S3::BucketPolicy", "Bucket")
    for bucket in buckets:
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def guarded_by(synthesis: Synthesis, policy_type: str, field: str) -> set[str]:
    """What has a policy that denies everything that does not come over TLS."""
    guarded = set()
    for policy in synthesis.of_type(policy_type):
        named = policy.properties[field]
        over_tls = [
            statement
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        if over_tls:
            guarded |= {synthesis.text(policy.stack, one) for one in (named if isinstance(named, list) else [named])}
    return guarded


def test_work_lists_are_forgotten_and_releases_kept(production: Synthesis):
    rules = production.at("RingtreeData/Artifacts/Bucket").properties["LifecycleConfiguration"]["Rules"]

    expiring = {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {"claims/", "plans/", "results/", "rollbacks/"}


def test_a_claim_outlives_every_message_that_may_name_it_and_its_copies_do_not(production: Synthesis):
    rules = production.at("RingtreeData/Artifacts/Bucket").properties["LifecycleConfiguration"]["Rules"]
    (claims,) = [rule for rule in rules if rule.get("Prefix") == "claims/"]

    assert claims["ExpirationInDays"] == 400 > 2 * 14
    assert claims["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_secrets_are_made_up_at_deploy(production: Synthesis):
    for secret in production.of_type("AWS::SecretsManager::Secret"):
        assert secret.properties["GenerateSecretString"]["PasswordLength"] >= 48
        assert "SecretString" not in secret.properties


NAMES = {
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Events::Rule": "Name",
}


def test_nothing_is_named_by_hand_so_that_two_of_it_fit_into_one_account(production: Synthesis):
    for resource in production.resources:
        assert NAMES.get(resource.type) not in resource.properties, resource.path


def test_no_template_names_a_place_on_this_machine(production: Synthesis):
    for file in production.folder.glob("*.template.json"):
        assert str(Path(__file__).parents[2]) not in file.read_text()
