"""All that requests can write, to be compared before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.live_system.agents_table import AgentsTable
from tests.live_system.catalog_table import CatalogTable
from tests.live_system.mailboxes import Mailbox

KINDS = ("device", "deployment", "task", "task_scheduler")
"""Kinds of agents that the two APIs may tell something."""


@dataclass(frozen=True, slots=True)
class WholeSystem:
    """The catalog, the agents, and what is on its way to them."""

    agents: AgentsTable
    catalog: CatalogTable

    @contextmanager
    def stays_as_it_is(self) -> Iterator[None]:
        """Fail when anything at all was written during the block, or by messages sent in it."""
        self._await_quiet()
        before = self._seen()
        yield
        self._await_quiet()
        assert self._seen() == before

    def _seen(self) -> tuple[dict[str, int], dict[tuple[str, str], Any]]:
        return self.agents.versions(), self.catalog.items()

    def _await_quiet(self) -> None:
        for kind in KINDS:
            Mailbox.of(self.agents.aws, kind).await_empty()
