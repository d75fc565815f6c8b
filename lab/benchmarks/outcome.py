"""What a benchmark found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tables for people, figures for programs, and whether what was promised holds."""

    tables: tuple[RenderableType, ...]
    figures: Mapping[str, Any]
    """JSON values."""
    promises: Mapping[str, bool]
    """By sentence: whether it holds."""

    @property
    def is_kept(self) -> bool:
        """Whether every promise holds."""
        return all(self.promises.values())
