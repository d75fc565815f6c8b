"""What functions are made of: small, whole, and nothing that is not theirs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_app import packaging
from cdk_app.environments import LAMBDA_PLATFORM, host_platform
from cdk_app.packaging import AWS_SERVICES, LayerBuildError, dependencies_folder
from tests.infrastructure.synthesis import REPOSITORY, Synthesis

CODE_LIMIT_BYTES = 1_000_000
LAYER_LIMIT_BYTES = 40_000_000

USES_THE_LAYER = """
import sys
sys.path.insert(0, sys.argv[1])
import boto3, msgspec, pydantic
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
APIGatewayHttpResolver(enable_validation=True)
for service in sys.argv[2:]:
    boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
print(boto3.__file__)
"""


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def code_asset(synthesis: Synthesis) -> Path:
    key = synthesis.of_type("AWS::Lambda::Function")[0].properties["Code"]["S3Key"]
    return Path(synthesis.folder, f"asset.{key.removesuffix('.zip')}")


def test_the_code_asset_is_the_folder_lambdas_and_small(production: Synthesis):
    asset = code_asset(production)

    assert [entry.name for entry in asset.iterdir()] == ["lambdas"]
    assert size(asset) < CODE_LIMIT_BYTES


def test_the_code_asset_holds_every_module_and_no_bytecode(production: Synthesis):
    asset = code_asset(production)

    modules = {path.relative_to(REPOSITORY) for path in (REPOSITORY / "lambdas").rglob("*.py")}
    assert {path.relative_to(asset) for path in asset.rglob("*") if path.is_file()} == modules


def test_the_layer_is_small_and_built_for_the_functions_platform():
    layer = dependencies_folder(LAMBDA_PLATFORM)

    assert size(layer) < LAYER_LIMIT_BYTES
    compiled = [path.name for path in layer.rglob("*.so")]
    assert compiled
    assert all("cpython-313-aarch64-linux-gnu" in name for name in compiled)


def test_the_layer_does_not_hold_what_no_import_needs():
    packages = dependencies_folder(LAMBDA_PLATFORM) / "python"

    described = {entry.name for entry in (packages / "botocore" / "data").iterdir() if entry.is_dir()}
    assert described == AWS_SERVICES
    assert not list(packages.glob("*.dist-info"))
    assert not (packages / "bin").exists()


def test_what_is_left_of_the_layer_still_works():
    layer = dependencies_folder(host_platform()) / "python"

    arguments = [sys.executable, "-I", "-S", "-B", "-c", USES_THE_LAYER, str(layer), *sorted(AWS_SERVICES)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(layer))


def test_every_service_that_functions_call_is_described_in_the_layer():
    sources = "\n".join(path.read_text() for path in (REPOSITORY / "lambdas").rglob("*.py"))
    called = set(re.findall(r"""\bclient\(\s*["']([a-z0-9-]+)["']""", sources))

    assert called
    assert called <= AWS_SERVICES


def test_a_layer_is_built_once_also_for_a_caller_that_wants_colors(monkeypatch: pytest.MonkeyPatch):
    built = dependencies_folder(LAMBDA_PLATFORM)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as the CDK command line does
    monkeypatch.setattr(packaging, "_build", lambda *_: pytest.fail("built again"))

    assert dependencies_folder(LAMBDA_PLATFORM) == built


def test_a_build_that_fails_leaves_no_layer_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))

    with pytest.raises(LayerBuildError, match=r"uv --color never pip install .* failed"):
        dependencies_folder(LAMBDA_PLATFORM, tmp_path / "layers")

    assert not list((tmp_path / "layers").iterdir())


def test_without_uv_the_error_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packaging, "REPOSITORY", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LayerBuildError, match="run `make setup`"):
        dependencies_folder(LAMBDA_PLATFORM)
