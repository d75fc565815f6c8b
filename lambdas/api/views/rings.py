"""Rings as operators see them."""

from typing import Annotated

from pydantic import Field

from lambdas.api.views.fields import Count, Request, Share, View


class RingView(View):
    """A named part of the fleet."""

    name: str
    order: int
    share: float


class RingList(View):
    """All rings, in the order in which releases reach them."""

    rings: list[RingView]


class RingDefinition(Request):
    """Place and size of a ring. Shares of all rings are weighed against one another."""

    order: Annotated[Count, Field(ge=1, le=1000)]
    share: Share
