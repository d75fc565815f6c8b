"""How the function operator_authorizer is put together."""

from collections.abc import Callable
from datetime import UTC, datetime

from lambdas.aws.clients import client
from lambdas.aws.secretsmanager_secrets import SecretsManagerSecrets
from lambdas.settings.operator_authorizer import OperatorAuthorizerSettings


def operator_token(settings: OperatorAuthorizerSettings) -> Callable[[], str]:
    """Read the token that operators show."""
    secrets = SecretsManagerSecrets(client("secretsmanager"), lambda: datetime.now(UTC))
    return lambda: secrets.secret(settings.operator_token_secret)
