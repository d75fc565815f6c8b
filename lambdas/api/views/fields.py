"""Kinds of fields that several requests have: what each may hold."""

import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from lambdas.fleet.catalog import DEPLOYMENT_ID
from lambdas.fleet.devices import DEVICE_ID
from lambdas.fleet.releases import SHA256, VERSION
from lambdas.fleet.rings import RING_NAME
from lambdas.fleet.tasks import TASK_ID

TEXT_LIMIT = 200
REASON_LIMIT = 1000
PAGE_LIMIT = 500


class Request(BaseModel):
    """A request body: fields that it does not know are refused, not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class View(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


def _has_no_control_characters(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must hold printable characters only")
    return text


def matching(rule: re.Pattern[str], example: str) -> AfterValidator:
    """Accept texts that match a rule whole."""

    def check(text: str) -> str:
        if not rule.fullmatch(text):
            raise ValueError(f"{text[:100]!r} must match {rule.pattern}, for example {example}")
        return text

    return AfterValidator(check)


def documented_as(rule: re.Pattern[str]) -> Any:
    """Name the rule in the OpenAPI document."""
    return Field(json_schema_extra={"pattern": f"^{rule.pattern}$"})


DeviceId = Annotated[str, matching(DEVICE_ID, "laptop-17"), documented_as(DEVICE_ID)]
RingName = Annotated[str, matching(RING_NAME, "canary"), documented_as(RING_NAME)]
Version = Annotated[str, matching(VERSION, "1.1.0"), documented_as(VERSION)]
Sha256 = Annotated[str, matching(SHA256, "64 lower-case digits"), documented_as(SHA256)]
DeploymentId = Annotated[str, matching(DEPLOYMENT_ID, "deploy-001"), documented_as(DEPLOYMENT_ID)]
TaskId = Annotated[str, matching(TASK_ID, "task-001"), documented_as(TASK_ID)]
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT), AfterValidator(_has_no_control_characters)]
Reason = Annotated[str, StringConstraints(max_length=REASON_LIMIT)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=10**8, allow_inf_nan=False)]
Moment = AwareDatetime

Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT, description="Entries of a page, at most.")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="Where the page begins: the cursor that the page before answered.")
]
OptionalRing = Annotated[str | None, Query(description="Name of a ring.")]
