"""The documents under docs/api say what the code does."""

import json

import pytest

from lab.api_documents.documents import API_DOCUMENTS, ApiDocument
from lambdas.api.openapi_document import device_document, operator_document


@pytest.mark.parametrize("document", API_DOCUMENTS, ids=lambda document: document.file_name)
def test_committed_document_is_what_the_code_makes(document: ApiDocument) -> None:
    committed = json.loads(document.path.read_text(encoding="utf-8"))

    assert committed == json.loads(document.text()), "run: python -m lab.api_documents"


def test_operator_document_lists_every_route_of_the_issue() -> None:
    paths = operator_document()["paths"]

    classic = {
        "get": ("/cluster_status", "/list_agents", "/status/{task_id}", "/deployment_status", "/asset_details"),
        "post": (
            "/spawn_agent",
            "/add_asset",
            "/submit_task",
            "/start_deployment",
            "/complete_deployment",
            "/simulate_activity",
        ),
    }
    assert all(method in paths[path] for method, routes in classic.items() for path in routes)
    assert {path.split("/")[2] for path in paths if path.startswith("/v1/")} == {
        "agents",
        "dead-letters",
        "deployments",
        "devices",
        "promises",
        "releases",
        "rings",
        "tasks",
    }


def test_every_operation_has_one_id_and_says_how_it_refuses() -> None:
    for document in (operator_document(), device_document()):
        operations = [operation for path in document["paths"].values() for operation in path.values()]

        assert len({operation["operationId"] for operation in operations}) == len(operations)
        for operation in operations:
            assert {"400", "401", "403", "404", "409", "422", "429", "503"} <= operation["responses"].keys()
            assert operation["summary"]
            assert operation["tags"]


def test_every_reference_of_a_document_leads_somewhere() -> None:
    for document in (operator_document(), device_document()):
        text = json.dumps(document)
        for part in ("schemas", "responses"):
            named = {piece.split('"')[0] for piece in text.split(f"#/components/{part}/")[1:]}
            assert named <= document["components"][part].keys()
