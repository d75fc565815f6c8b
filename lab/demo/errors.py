"""What can keep the demo from telling its story."""


class DemoError(RuntimeError):
    """The story cannot go on; the message is one line that names the cause, and the remedy where we know one."""
