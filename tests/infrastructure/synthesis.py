"""The synthesized app, read back: resources by the path of their construct, references as the paths they lead to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_cdk import App

from cdk_app.app import add_stacks
from cdk_app.compliance import accept_findings, check_compliance
from cdk_app.environments import Environment, environment_named

REPOSITORY = Path(__file__).parents[2]
CONTEXT = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
PATHS_IN_TEMPLATES = {"aws:cdk:enable-path-metadata": True}


def new_app(folder: Path) -> App:
    return App(context=CONTEXT | PATHS_IN_TEMPLATES, outdir=str(folder))


def synthesize(environment: str | Environment, folder: Path) -> "Synthesis":
    """What `cdk synth` does; raises when a finding of cdk-nag is not accepted."""
    app = new_app(folder)
    add_stacks(app, environment_named(environment) if isinstance(environment, str) else environment)
    accept_findings(app)
    check_compliance(app)
    app.synth()
    return Synthesis(folder)


@dataclass(frozen=True)
class Resource:
    stack: str
    logical_id: str
    path: str
    """Path of the construct, without the last ``Resource``."""
    type: str
    definition: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.definition.get("Properties", {})
        return properties


@dataclass(frozen=True)
class Synthesis:
    folder: Path

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        files = sorted(self.folder.glob("*.template.json"))
        return {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(
            Resource(stack, logical_id, _path(definition, stack, logical_id), definition["Type"], definition)
            for stack, template in self.templates.items()
            for logical_id, definition in template["Resources"].items()
        )

    def of_type(self, resource_type: str) -> tuple[Resource, ...]:
        found = tuple(resource for resource in self.resources if resource.type == resource_type)
        assert found, f"no {resource_type} in the templates"
        return found

    def at(self, path: str) -> Resource:
        (found,) = [resource for resource in self.resources if resource.path == path]
        return found

    def text(self, stack: str, value: Any) -> str:
        """A value of a template with references replaced by the paths of the constructs they lead to."""
        match value:
            case str():
                return value
            case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
                definition = self.templates[stack]["Resources"].get(name)
                return f"<{name}>" if definition is None else _path(definition, stack, name)
            case {"Fn::ImportValue": export}:
                return self._exported(export)
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self.text(stack, part) for part in parts)
        raise AssertionError(f"cannot read {value!r} of {stack}")

    def statements(self, path: str) -> Iterator[tuple[str, str]]:
        """(action, resource) that the role at a path is allowed, by whatever policy."""
        for stack, statement in self._statements(path):
            for action in _list(statement["Action"]):
                for resource in _list(statement["Resource"]):
                    yield action, self.text(stack, resource)

    def owners(self, path: str, table: str) -> Iterator[tuple[str, str]]:
        """(action, partition keys) that the role at a path is allowed on a table; no keys stand for all of them."""
        for stack, statement in self._statements(path):
            if table in [self.text(stack, resource) for resource in _list(statement["Resource"])]:
                condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
                for owners in _list(condition.get("dynamodb:LeadingKeys", "")):
                    for action in _list(statement["Action"]):
                        yield action, owners

    def _statements(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for policy in self.of_type("AWS::IAM::Policy"):
            if path in [self.text(policy.stack, role) for role in policy.properties["Roles"]]:
                for statement in policy.properties["PolicyDocument"]["Statement"]:
                    assert statement["Effect"] == "Allow"
                    yield policy.stack, statement

    def _exported(self, export: str) -> str:
        stack = export.split(":", maxsplit=1)[0]
        (output,) = [o for o in self.templates[stack]["Outputs"].values() if o.get("Export", {}).get("Name") == export]
        return self.text(stack, output["Value"])


def _path(definition: dict[str, Any], stack: str, logical_id: str) -> str:
    path: str = definition.get("Metadata", {}).get("aws:cdk:path", f"{stack}/{logical_id}")
    return path.removesuffix("/Resource")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
