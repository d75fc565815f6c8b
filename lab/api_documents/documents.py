"""The documents under docs/api, each made from the code that it describes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.api_documents.event_schemas import event_schemas
from lambdas.api.openapi_document import device_document, operator_document

FOLDER = Path(__file__).parents[2] / "docs" / "api"


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """A file name and how its content is made."""

    file_name: str
    make: Callable[[], dict[str, Any]]

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return FOLDER / self.file_name

    def text(self) -> str:
        """Make the content, the same at every call."""
        return json.dumps(self.make(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(document: ApiDocument) -> Path:
    """Write a document."""
    document.path.parent.mkdir(parents=True, exist_ok=True)
    document.path.write_text(document.text(), encoding="utf-8")
    return document.path


API_DOCUMENTS = (
    ApiDocument("openapi.json", operator_document),
    ApiDocument("device_openapi.json", device_document),
    ApiDocument("events.json", event_schemas),
)
