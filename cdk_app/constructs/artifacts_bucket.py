"""Where releases and the work lists of deployments are stored."""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

WORK_LISTS = ("plans", "results", "rollbacks")
"""Folders whose content is worth nothing once its deployment is history."""

CLAIMS = "claims"
"""Folder of what was too large to travel in a message; each object is named by its digest."""


class ArtifactsBucket(Construct):
    """Private, encrypted, over TLS only, versioned, with a log of every request."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        retention = Duration.days(environment.artifact_retention.days)
        plan_retention = Duration.days(environment.plan_retention.days)
        logs = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(id="ForgetRequests", expiration=retention)],
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=environment.removal_policy,
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="ForgetBrokenUploads",
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    expired_object_delete_marker=True,
                ),
                s3.LifecycleRule(id="ForgetReplaced", noncurrent_version_expiration=retention),
                *[
                    s3.LifecycleRule(id=f"Forget{folder.title()}", prefix=f"{folder}/", expiration=plan_retention)
                    for folder in WORK_LISTS
                ],
                s3.LifecycleRule(
                    id="ForgetClaims",
                    prefix=f"{CLAIMS}/",
                    expiration=Duration.days(environment.claim_retention.days),
                    noncurrent_version_expiration=Duration.days(1),
                ),
            ],
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=environment.removal_policy,
            server_access_logs_bucket=logs,
            versioned=True,
        )

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self.bucket.bucket_name

    def grant_uploading(self, function: PythonFunction) -> None:
        """Let a function sign uploads of releases and look at what was uploaded.

        Without ListBucket, S3 answers 403 instead of 404 to the question for what is not there.
        """
        function.grant("s3:GetObject", "s3:PutObject", on=[self.bucket.arn_for_objects("releases/*")])
        function.grant("s3:ListBucket", on=[self.bucket.bucket_arn])

    def grant_downloading(self, function: PythonFunction) -> None:
        """Let a function sign downloads of releases."""
        function.grant("s3:GetObject", on=[self.bucket.arn_for_objects("releases/*")])

    def grant_writing_lists(self, function: PythonFunction, folder: str) -> None:
        """Let a function write work lists of one folder."""
        function.grant("s3:PutObject", on=[self.bucket.arn_for_objects(f"{folder}/*")])

    def grant_reading_lists(self, function: PythonFunction, folder: str) -> None:
        """Let a function read work lists of one folder."""
        function.grant("s3:GetObject", on=[self.bucket.arn_for_objects(f"{folder}/*")])

    def grant_claims(self, function: PythonFunction) -> None:
        """Let a function keep and fetch what is too large to travel in a message.

        Without ListBucket, S3 answers 403 instead of 404 to the question for what is gone.
        """
        function.grant("s3:GetObject", "s3:PutObject", on=[self.bucket.arn_for_objects(f"{CLAIMS}/*")])
        function.grant("s3:ListBucket", on=[self.bucket.bucket_arn])

    def grant_keeping_claims(self, function: PythonFunction) -> None:
        """Let a function keep what is too large for an item."""
        function.grant("s3:PutObject", on=[self.bucket.arn_for_objects(f"{CLAIMS}/*")])
