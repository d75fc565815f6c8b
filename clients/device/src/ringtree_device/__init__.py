"""The Ringtree client: keeps one device on the release its fleet assigns to it."""

__version__ = "0.1.0"
