"""How the function wake_up_relay is put together."""

from lambdas.actors.wake_up_relay import WakeUpRelay
from lambdas.aws.clients import client
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.settings.wake_up_relay import WakeUpRelaySettings


def wake_up_relay(settings: WakeUpRelaySettings) -> WakeUpRelay:
    """Put the relay together with AWS."""
    return WakeUpRelay(SQSMailboxSender(client("sqs"), settings.mailboxes))
