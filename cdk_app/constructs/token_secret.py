"""A secret that nobody has to invent."""

import string

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

TOKEN_CHARACTERS = 48
"""Letters and digits: 285 bits."""


class TokenSecret(Construct):
    """A random token, made at deploy and known to Secrets Manager alone."""

    def __init__(self, scope: Construct, construct_id: str, *, meaning: str, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            description=meaning,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                exclude_characters=string.punctuation, password_length=TOKEN_CHARACTERS
            ),
        )
        self._secret.apply_removal_policy(environment.removal_policy)

    @property
    def arn(self) -> str:
        """What settings and roles name."""
        return self._secret.attr_id

    def grant_knowing(self, function: PythonFunction) -> None:
        """Let a function read the token."""
        function.grant("secretsmanager:GetSecretValue", on=[self.arn])
