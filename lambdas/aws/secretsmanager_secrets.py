"""Secrets in Secrets Manager, kept for a while between requests."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lambdas.aws.translating_client import TranslatingClient

KEPT_FOR = timedelta(minutes=5)
"""A secret that was changed counts in every function after this time at the latest."""


class SecretsManagerSecrets:
    """Reads each secret at most once per ``KEPT_FOR``."""

    def __init__(self, client: Any, clock: Callable[[], datetime]) -> None:
        self._client = TranslatingClient(client, "Secrets Manager")
        self._clock = clock
        self._kept: dict[str, tuple[datetime, str]] = {}

    def secret(self, name: str) -> str:
        """The text of the secret with this ARN or name."""
        now = self._clock()
        kept = self._kept.get(name)
        if kept is not None and now - kept[0] < KEPT_FOR:
            return kept[1]

        text: str = self._client.get_secret_value(SecretId=name)["SecretString"]
        self._kept[name] = (now, text)
        return text
