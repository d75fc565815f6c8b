"""What the function call_out_worker works with, and how it is put together."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from lambdas.actors.call_out_worker import CallOutWorker
from lambdas.actors.circuit_breaker import CircuitBreaker
from lambdas.actors.ports import DeadLetterStore
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_circuit_states import DynamoDBCircuitStates
from lambdas.aws.dynamodb_dead_letter_store import DynamoDBDeadLetterStore
from lambdas.aws.secretsmanager_secrets import SecretsManagerSecrets
from lambdas.aws.sqs_message_visibility import hide
from lambdas.aws.urllib3_destinations import Urllib3Destinations
from lambdas.settings.call_out_worker import CallOutWorkerSettings


@dataclass(frozen=True, slots=True)
class CallOutPorts:
    """Everything that the function may touch."""

    worker: CallOutWorker
    letters: DeadLetterStore
    hide: Callable[[Sequence[tuple[str, timedelta]]], None]
    """Lets messages, by receipt, come again after a wait."""


def call_out_ports(settings: CallOutWorkerSettings) -> CallOutPorts:
    """Put the ports together with AWS."""
    secrets = SecretsManagerSecrets(client("secretsmanager"), _now)
    letters = DynamoDBDeadLetterStore(client("dynamodb"), settings.runtime_records_table)
    worker = CallOutWorker(
        destinations=Urllib3Destinations(settings.destinations, secrets.secret, _now),
        breaker=CircuitBreaker(DynamoDBCircuitStates(client("dynamodb"), settings.runtime_records_table)),
        letters=letters,
        clock=_now,
        random_share=random.random,
    )
    return CallOutPorts(worker, letters, partial(hide, client("sqs"), settings.call_out_queue))


def _now() -> datetime:
    return datetime.now(UTC)
