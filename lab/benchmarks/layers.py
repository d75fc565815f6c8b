"""``python -m lab.benchmarks.layers``: the folders of the dependencies layers, built when they are not there yet.

A process of its own: packaging speaks CDK, and CDK takes the first Node of the path, which must be the project's.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from lab.embedded_aws.places import REPOSITORY, TOOLS

BUILT_WITHIN_SECONDS = 600.0


class LayersError(Exception):
    """The layers could not be built; the message ends as packaging's does."""


@cache
def layer_folders() -> dict[str, Path]:
    """By platform: Lambda's first, this machine's last. Raises LayersError."""
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=REPOSITORY,
        env={**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        capture_output=True,
        text=True,
        timeout=BUILT_WITHIN_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise LayersError(
            f"the layers could not be built: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}"
        )
    return {name: Path(folder) for name, folder in json.loads(done.stdout).items()}


def _build() -> dict[str, str]:
    from cdk_app.environments import LAMBDA_PLATFORM, host_platform  # noqa: PLC0415 - starts Node
    from cdk_app.packaging import dependencies_folder  # noqa: PLC0415

    return {
        f"{platform.wheels}, Python {platform.python_version}": str(dependencies_folder(platform))
        for platform in (LAMBDA_PLATFORM, host_platform())
    }


if __name__ == "__main__":
    print(json.dumps(_build()))
