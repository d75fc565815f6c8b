"""``python -m ringtree_device``."""

from ringtree_device.main import app

app()
