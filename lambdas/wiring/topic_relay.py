"""How the function topic_relay is put together."""

from lambdas.actors.coordination.topic_relay import TopicRelay
from lambdas.aws.clients import client
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.settings.topic_relay import TopicRelaySettings


def topic_relay(settings: TopicRelaySettings) -> TopicRelay:
    """Put the relay together with AWS."""
    return TopicRelay(SQSMailboxSender(client("sqs"), settings.mailboxes))
