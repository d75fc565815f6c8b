"""The lanes of an agent: each is a mailbox of its own with its own order."""

NORMAL_LANE = "normal"
"""The lane of everyday messages, and the only one there is so far; the data is laid out for more."""
