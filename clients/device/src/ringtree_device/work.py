"""What the platform can ask of a device: its answers, read strictly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
SHA256 = re.compile(r"[0-9a-f]{64}")
UNFINISHED = ".partial-"
"""Part of the names of unfinished folders, so no version may contain it."""


class UnexpectedAnswerError(Exception):
    """The platform answered what this client cannot read; a later answer may be right again."""


class Action(StrEnum):
    """What a deployment asks for."""

    INSTALL = "install"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the software and the archive that carries it."""

    version: str
    size_bytes: int
    sha256: str
    """SHA-256 of the archive, 64 lower-case hexadecimal digits; empty when the platform has no archive."""

    @property
    def has_archive(self) -> bool:
        """Whether the platform can give it; a release that it only knows by name is the device's own to keep."""
        return self.sha256 != ""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "Release":
        """Read a release; its version becomes a folder's name, so nothing but the known alphabet passes."""
        version, sha256, size_bytes = _text(answer, "version"), answer.get("sha256"), answer.get("size_bytes")
        if not VERSION.fullmatch(version) or UNFINISHED in version:
            raise UnexpectedAnswerError(f"version {version!r} is not a name of letters, digits and . + _ -")
        if sha256 == "" and size_bytes == 0:
            return cls(version, size_bytes=0, sha256="")
        if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
            raise UnexpectedAnswerError(f"sha256 {sha256!r} is not 64 lower-case hexadecimal digits")
        if not isinstance(size_bytes, int) or size_bytes <= 0:
            raise UnexpectedAnswerError(f"size_bytes {size_bytes!r} is not a positive whole number")
        return cls(version, size_bytes, sha256)


@dataclass(frozen=True, slots=True)
class DeploymentOrder:
    """The deployment this device has in hand. To roll back to no release is to run none, as before the first one."""

    deployment_id: str
    action: Action
    release: Release | None

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "DeploymentOrder":
        """Read the deployment of a heartbeat's answer."""
        action = _text(answer, "action")
        if action not in set(Action):
            raise UnexpectedAnswerError(f"action {action!r} is none of {', '.join(Action)}")
        release = None if answer.get("release") is None else Release.read(answer["release"])
        if action == Action.INSTALL and (release is None or not release.has_archive):
            raise UnexpectedAnswerError(f"an install came without a release that has an archive: {release}")
        return cls(_text(answer, "deployment_id"), Action(action), release)


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """A task for this device."""

    task_id: str
    type: str
    payload: Any
    attempt: int = 1
    """Rises when the platform wants the task done again."""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "TaskOrder":
        """Read one task of an answer. Raises UnexpectedAnswerError."""
        attempt = answer.get("attempt", 1)
        if not isinstance(attempt, int):
            raise UnexpectedAnswerError(f"attempt {attempt!r} is not a number")
        return cls(_text(answer, "task_id"), _text(answer, "type"), answer.get("payload"), attempt)


@dataclass(frozen=True, slots=True)
class HeartbeatAnswer:
    """What a heartbeat is answered with: the work in hand and when to speak again."""

    next_heartbeat_seconds: float
    deployment: DeploymentOrder | None
    tasks: tuple[TaskOrder, ...]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "HeartbeatAnswer":
        """Read an answer. Raises UnexpectedAnswerError rather than guess."""
        seconds, work = answer.get("next_heartbeat_seconds"), answer.get("work")
        if not isinstance(seconds, int | float) or seconds <= 0:
            raise UnexpectedAnswerError(f"next_heartbeat_seconds {seconds!r} is not a positive number")
        if not isinstance(work, Mapping):
            raise UnexpectedAnswerError(f"work {work!r} is not an object")
        deployment = work.get("deployment")
        return cls(
            next_heartbeat_seconds=float(seconds),
            deployment=None if deployment is None else DeploymentOrder.read(deployment),
            tasks=tuple(TaskOrder.read(task) for task in work.get("tasks", ())),
        )


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedAnswerError(f"{name} {value!r} is not a text")
    return value
