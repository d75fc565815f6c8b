"""What every function is, and that it exists."""

from importlib import import_module
from pathlib import Path
from typing import Any

from lambdas.agents.registry import AGENTS
from tests.infrastructure.synthesis import REPOSITORY, Synthesis

ENTRYPOINTS = REPOSITORY / "lambdas" / "entrypoints"


def test_functions_run_python_3_13_on_arm_traced_and_logging_json(production: Synthesis):
    for function in production.of_type("AWS::Lambda::Function"):
        properties = function.properties
        assert properties["Runtime"] == "python3.13"
        assert properties["Architectures"] == ["arm64"]
        assert properties["TracingConfig"] == {"Mode": "Active"}
        assert properties["LoggingConfig"]["LogFormat"] == "JSON"
        assert len(properties["Layers"]) == 1


def test_every_log_group_forgets_in_time(production: Synthesis):
    groups = production.of_type("AWS::Logs::LogGroup")

    assert {group.properties["RetentionInDays"] for group in groups} == {90}


def test_each_function_logs_into_a_group_of_its_own(production: Synthesis):
    functions = production.of_type("AWS::Lambda::Function")
    groups = [production.text(f.stack, f.properties["LoggingConfig"]["LogGroup"]) for f in functions]

    assert len(set(groups)) == len(functions)


def test_every_handler_is_a_function_of_an_entrypoint(production: Synthesis):
    for handler in handlers(production):
        module, name = handler.removeprefix("lambdas.entrypoints.").rsplit(".", 1)
        source = ENTRYPOINTS / f"{module.replace('.', '/')}.py"
        assert source.exists(), handler
        assert f"def {name}(" in source.read_text(), handler


def test_every_entrypoint_is_deployed(production: Synthesis):
    modules = {
        ".".join(("lambdas.entrypoints", *path.relative_to(ENTRYPOINTS).with_suffix("").parts, "handler"))
        for path in ENTRYPOINTS.rglob("*.py")
        if path.name != "__init__.py"
    }
    unneeded = set() if any(spec.subscribes_to for spec in AGENTS) else {"lambdas.entrypoints.topic_relay.handler"}

    assert modules - unneeded == handlers(production)


def handlers(synthesis: Synthesis) -> set[str]:
    return {function.properties["Handler"] for function in synthesis.of_type("AWS::Lambda::Function")}


def test_a_function_reads_the_settings_that_its_stack_wrote(production: Synthesis):
    for function in production.of_type("AWS::Lambda::Function"):
        variables = {
            name: production.text(function.stack, value)
            for name, value in function.properties["Environment"]["Variables"].items()
        }
        settings = settings_class(function.properties["Handler"])
        assert settings.from_environment(variables).to_environment().items() <= variables.items(), function.path


def settings_class(handler: str) -> Any:
    name = handler.split(".")[-2]
    module = import_module(f"lambdas.settings.{name}")
    return getattr(module, "".join(word.title() for word in name.split("_")) + "Settings")


def test_code_is_written_once_for_all_functions(production: Synthesis):
    keys = {function.properties["Code"]["S3Key"] for function in production.of_type("AWS::Lambda::Function")}

    assert len(keys) == 1
    assert Path(production.folder, f"asset.{keys.pop().removesuffix('.zip')}", "lambdas").is_dir()
