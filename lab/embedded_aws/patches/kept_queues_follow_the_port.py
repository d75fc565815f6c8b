"""Queues kept from an earlier run keep working when the emulator now listens on another port.

The emulator files a queue under its URL, port included, so after a start on another port event source mappings no
longer find it. On AWS a queue has one URL for its whole life, and what is bound to the queue stays bound:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
URLs with the earlier port, which functions carry in their settings, are resolved by the queue's name as before.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.services import sqs


def apply() -> None:
    """File restored queues under the URL of this run."""
    restore = sqs._restore_state

    def restore_and_refile(data: Any) -> None:
        restore(data)
        for (account, region, url), queue in list(sqs._queues._data.items()):
            queue["url"] = sqs._queue_url_for_account(account, queue["name"])
            sqs._queues._data[account, region, queue["url"]] = sqs._queues._data.pop((account, region, url))
        sqs._queue_name_to_url.clear()
        sqs._rebuild_queue_name_index()

    sqs._restore_state = restore_and_refile
