"""Where leads came from, as it is asked and answered."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from api.schemas.base import ResponseBody

OriginBy = Annotated[
    Literal["campaign", "source", "medium", "referrer", "landing"],
    Query(description="What of a touch: a ``utm`` parameter, the referrer, the landing page."),
]

Touch = Annotated[
    Literal["first", "last"], Query(description="Of the touches on record of a lead, which counts.")
]

Weeks = Annotated[int, Query(ge=1, le=520, description="Weeks back from now.")]


class OriginWeek(ResponseBody):
    """Leads of one origin that came in one week."""

    origin: str | None = Field(
        examples=["feira-2026"], description="Null for leads of which nothing says it."
    )
    week: date = Field(examples=["2026-05-04"], description="Its Monday.")
    leads: int = Field(examples=[34])
    qualified: int = Field(examples=[9], description="How many of them qualified until now.")


class Origins(ResponseBody):
    """Leads by origin and week, the newest week first."""

    items: list[OriginWeek]
