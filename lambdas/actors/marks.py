"""High-water marks: how an agent knows a frame that was sent again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from lambdas.actors.agent_record import Mark
from lambdas.actors.frames import Sender

REPEATS_END_AFTER = timedelta(days=29)
"""A frame can be sent again while the message that caused it stays in its queue (14 days), and the repeat can
wait in ours as long; a day more covers clocks and the running function. After that a mark has no use."""


def mark_key(sender: Sender, receiving_lane: str) -> str:
    """Name a mark. Each pair of lanes has its own: between lanes there is no order."""
    return f"{sender.agent}|{sender.lane}|{receiving_lane}"


def is_repeat(marks: Mapping[str, Mark], sender: Sender, receiving_lane: str) -> bool:
    """Tell whether a frame was handled before. A sender's frames are first sent in order, so one number is enough."""
    mark = marks.get(mark_key(sender, receiving_lane))
    return mark is not None and sender.sequence <= mark.sequence


def marked(marks: Mapping[str, Mark], sender: Sender, receiving_lane: str, now: datetime) -> dict[str, Mark]:
    """Remember a frame as handled, and forget senders whose repeats can no longer come."""
    today = _day(now)
    oldest = today - REPEATS_END_AFTER.days
    kept = {key: mark for key, mark in marks.items() if mark.day >= oldest}
    kept[mark_key(sender, receiving_lane)] = Mark(sender.sequence, today)
    return kept


def _day(moment: datetime) -> int:
    return int(moment.timestamp() // 86_400)
