"""What functions are made of: one asset with our code, one layer with what it depends on, built without Docker."""

import compileall
import hashlib
import py_compile
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

from cdk_app.environments import LayerPlatform

REPOSITORY = Path(__file__).resolve().parent.parent
LAYERS = REPOSITORY / ".ringtree" / "layers"

AWS_SERVICES = frozenset({"dynamodb", "events", "s3", "secretsmanager", "sqs", "stepfunctions", "sts"})
"""The services functions talk to; botocore's descriptions of the other four hundred stay out of the layer."""

_BUILD_TIMEOUT_SECONDS = 300
_RECIPE = "3"
"""Part of a layer's name: a change of what is left out builds anew."""


class LayerBuildError(RuntimeError):
    """The dependencies layer could not be built; the message says what to do."""


def function_code() -> lambda_.Code:
    """The folder ``lambdas`` and nothing else, importable in Lambda by the path it has in the repository."""
    return lambda_.Code.from_asset(
        str(REPOSITORY), exclude=["/*", "!/lambdas", "__pycache__", "*.pyc"], ignore_mode=IgnoreMode.GIT
    )


def dependencies_folder(platform: LayerPlatform, layers: Path = LAYERS) -> Path:
    """The unpacked layer for a platform; built when the lock file names other packages than the last time.

    Raises LayerBuildError when uv is missing or cannot resolve the lock file's ``functions`` group.
    """
    uv = _find_uv()
    requirements = _run(
        [uv, "--color", "never", "export", "--only-group", "functions", "--no-hashes", "--no-header", "--frozen"]
    )
    compiled = str(_can_compile_for(platform))
    wanted = "\n".join(
        [_RECIPE, compiled, platform.python_version, platform.wheels, *sorted(AWS_SERVICES), requirements]
    )
    layer = layers / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    if not layer.exists():
        _build(uv, requirements, platform, layer)
    return layer


def _find_uv() -> str:
    """The uv of ``make setup``, else the one on the path."""
    ours = REPOSITORY / ".ringtree" / "tools" / "bin" / "uv"
    uv = str(ours) if ours.exists() else shutil.which("uv")
    if uv is None:
        raise LayerBuildError(f"uv is neither at {ours} nor on the path; run `make setup`")
    return uv


def _build(uv: str, requirements: str, platform: LayerPlatform, layer: Path) -> None:
    """Install and prune in a folder aside, then rename: a build cut short leaves nothing that looks whole."""
    layer.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=layer.parent))
    try:
        _fill(uv, requirements, platform, building)
        building.rename(layer)
    except OSError:
        if not layer.exists():  # else another build of the same layer was faster
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _fill(uv: str, requirements: str, platform: LayerPlatform, building: Path) -> None:
    """Lambda finds packages in the folder ``python`` of a layer; what they are is written beside it."""
    packages = building / "python"
    packages.mkdir()
    pinned = building / "requirements.txt"
    pinned.write_text(requirements)
    target = ["--target", str(packages), "--requirement", str(pinned)]
    interpreter = ["--python-version", platform.python_version, "--python-platform", platform.wheels]
    wheels = ["--no-deps", "--only-binary", ":all:", "--no-installer-metadata", "--link-mode", "copy"]
    _run([uv, "--color", "never", "pip", "install", "--quiet", *target, *interpreter, *wheels])
    _prune(packages)
    if _can_compile_for(platform):
        _compile(packages)
    building.chmod(0o755)


def _can_compile_for(platform: LayerPlatform) -> bool:
    """Bytecode is the interpreter's own: ours serves a layer for the same minor version of Python only."""
    return platform.python_version == f"{sys.version_info.major}.{sys.version_info.minor}"


def _compile(packages: Path) -> None:
    """Spare every cold start the compiling: a layer cannot be written to. Its sources never change unnoticed."""
    compileall.compile_dir(
        str(packages),
        quiet=1,
        stripdir=str(packages),
        prependdir="/opt/python",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _prune(packages: Path) -> None:
    """Leave out what no import needs: scripts, package metadata, bytecode, descriptions of other AWS services."""
    unneeded = [packages / "bin", packages / ".lock", *packages.glob("*.dist-info"), *packages.rglob("__pycache__")]
    for library in ("boto3", "botocore"):
        folders = [entry for entry in (packages / library / "data").iterdir() if entry.is_dir()]
        unneeded += [folder for folder in folders if folder.name not in AWS_SERVICES]
    unneeded += [packages / "boto3" / "examples", packages / "botocore" / "docs" / "bcdoc" / "tests"]
    for path in unneeded:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _run(command: list[str]) -> str:
    """Run uv in the repository and answer what it printed."""
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as expired:
        raise LayerBuildError(
            f"`{' '.join(command)}` took longer than {_BUILD_TIMEOUT_SECONDS} s; try again"
        ) from expired
    if done.returncode != 0:
        raise LayerBuildError(
            f"`{' '.join(command)}` failed; is uv.lock up to date (`uv lock`)?\n{done.stderr.strip()}"
        )
    return done.stdout
