"""What can go wrong on the way to a running system, in words for the person at the terminal."""


class EmbeddedAwsError(RuntimeError):
    """The system cannot start, deploy or be found; the message is one line that names the cause and the remedy."""
