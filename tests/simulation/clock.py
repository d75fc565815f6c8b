"""When the simulated world begins."""

from datetime import UTC, datetime

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
