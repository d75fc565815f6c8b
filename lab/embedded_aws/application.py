"""The Ringtree app in the embedded AWS: bootstrapped, deployed when its code changed, and read back."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.embedded_aws.cdk_command import run_cdk
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY
from lab.embedded_aws.progress import Progress

_BOOTSTRAP_STACK = "CDKToolkit"
_STACK_PREFIX = "Ringtree"
_SOURCES = ("cdk_app", "lambdas", "state_machines", "cdk.json", "pyproject.toml", "uv.lock", "package-lock.json")
_COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def deploy_application(aws: EmbeddedAws, progress: Progress) -> None:
    """Bring the deployed app to the state of the code; does nothing when it is there already."""
    aws.state.deployment_log.write_text("")
    fingerprint = _fingerprint_of_sources()
    if _is_deployed(aws, fingerprint):
        progress.say("The app is deployed already: its code has not changed.")
        return
    aws.state.deployed.unlink(missing_ok=True)  # a deployment cut short is neither the earlier code nor this
    if _BOOTSTRAP_STACK not in _complete_stacks(aws):
        with progress.phase("Bootstrapping the CDK in the emulator") as report:
            elsewhere = aws.state.path  # not beside cdk.json: there cdk would first synthesise the app
            run_cdk(aws, "bootstrap", f"aws://{aws.account}/{aws.region}", report=report, folder=elsewhere)
    with progress.phase("Deploying the app into the emulator") as report:
        run_cdk(
            aws,
            *("deploy", "--all", "--context", "environment=local", "--require-approval", "never"),
            *("--progress", "events", "--concurrency", "2", "--output", str(aws.state.cloud_assembly)),
            report=report,
        )
    stacks = sorted(name for name in _complete_stacks(aws) if name.startswith(_STACK_PREFIX))
    aws.state.deployed.write_text(json.dumps({"fingerprint": fingerprint, "stacks": stacks}))


def stack_outputs(aws: EmbeddedAws) -> dict[str, str]:
    """The outputs of all our stacks by name, without those that stacks make for one another."""
    return {
        output["OutputKey"]: output["OutputValue"]
        for stack in aws.client("cloudformation").describe_stacks()["Stacks"]
        if stack["StackName"].startswith(_STACK_PREFIX)
        for output in stack.get("Outputs", [])
        if not output["OutputKey"].startswith("ExportsOutput")
    }


def _is_deployed(aws: EmbeddedAws, fingerprint: str) -> bool:
    try:
        deployed: dict[str, Any] = json.loads(aws.state.deployed.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return deployed["fingerprint"] == fingerprint and set(deployed["stacks"]) <= _complete_stacks(aws)


def _complete_stacks(aws: EmbeddedAws) -> set[str]:
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    return {stack["StackName"] for stack in stacks if stack["StackStatus"] in _COMPLETE}


def _fingerprint_of_sources() -> str:
    """A digest of everything that decides what is deployed."""
    digest = hashlib.sha256()
    for path in sorted(path for source in _SOURCES for path in _files_of(REPOSITORY / source)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(REPOSITORY)} {content}\n".encode())
    return digest.hexdigest()


def _files_of(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    yield from (path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
