"""Where the platform is, and the token that opens it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ringtree_cli.errors import PlatformNotFoundError

URL_VARIABLE = "RINGTREE_OPERATOR_URL"
TOKEN_VARIABLE = "RINGTREE_OPERATOR_TOKEN"  # noqa: S105  the name of a variable, not its value
EMBEDDED_FILE = Path(".ringtree/embedded.json")


@dataclass(frozen=True, slots=True)
class PlatformAddress:
    """The operator API of one platform."""

    operator_url: str
    """Without a trailing slash; ``/v1/...`` is appended."""
    operator_token: str
    source: str
    """What said so, for error messages."""


def find_platform(environment: Mapping[str, str], config: Path | None, folder: Path) -> PlatformAddress:
    """Ask the environment, then the file given, then the nearest ``.ringtree/embedded.json`` at or above the folder."""
    if environment.get(URL_VARIABLE) or environment.get(TOKEN_VARIABLE):
        return _from_environment(environment)
    if config is not None:
        return read_platform(config)
    for candidate in (folder, *folder.parents):
        if (candidate / EMBEDDED_FILE).is_file():
            return read_platform(candidate / EMBEDDED_FILE)

    remedy = f"set {URL_VARIABLE} and {TOKEN_VARIABLE}, name a file with --config, or start one here with: ringtree up"
    raise PlatformNotFoundError("no platform is configured", remedy)


def read_platform(file: Path) -> PlatformAddress:
    """Read a JSON file with ``operator_url`` and ``operator_token``."""
    try:
        document = json.loads(file.read_text())
    except OSError as error:
        raise PlatformNotFoundError(
            f"cannot read {file}: {error.strerror}", "name another file with --config"
        ) from error
    except ValueError as error:
        raise PlatformNotFoundError(f"{file} is not JSON: {error}", "write it again with: ringtree up") from error

    values = document if isinstance(document, dict) else {}
    missing = [name for name in ("operator_url", "operator_token") if not isinstance(values.get(name), str)]
    if missing:
        raise PlatformNotFoundError(f"{file} lacks {' and '.join(missing)}", "write it again with: ringtree up")
    return PlatformAddress(values["operator_url"].rstrip("/"), values["operator_token"], str(file))


def _from_environment(environment: Mapping[str, str]) -> PlatformAddress:
    missing = [name for name in (URL_VARIABLE, TOKEN_VARIABLE) if not environment.get(name)]
    if missing:
        raise PlatformNotFoundError(f"{missing[0]} is not set, though its companion is", "set both or neither")
    return PlatformAddress(environment[URL_VARIABLE].rstrip("/"), environment[TOKEN_VARIABLE], "the environment")
