"""How the function device_authorizer is put together."""

from collections.abc import Callable
from datetime import UTC, datetime

from lambdas.aws.clients import client
from lambdas.aws.secretsmanager_secrets import SecretsManagerSecrets
from lambdas.settings.device_authorizer import DeviceAuthorizerSettings


def device_token_key(settings: DeviceAuthorizerSettings) -> Callable[[], str]:
    """Read the key with which tokens of devices are made."""
    secrets = SecretsManagerSecrets(client("secretsmanager"), lambda: datetime.now(UTC))
    return lambda: secrets.secret(settings.device_token_key_secret)
