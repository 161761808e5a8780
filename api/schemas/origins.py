"""Where leads came from, as it is asked and answered."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from api.schemas.base import NonEmptyLine, Ok, RequestBody, ResponseBody

OriginKind = Literal["campaign", "source", "medium", "referrer", "landing"]

OriginBy = Annotated[
    OriginKind,
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
    expected: float = Field(
        examples=[2.4], description="How many of the open ones are still to, by their chances."
    )


class Origins(ResponseBody):
    """Leads by origin and week, the newest week first."""

    items: list[OriginWeek]


class ReachedStage(ResponseBody):
    """How many leads reached a stage, or a later one."""

    stage: str = Field(examples=["AQUECENDO"])
    leads: int = Field(examples=[41])
    hours: float | None = Field(
        examples=[30.5],
        description="From there to the next stage, in the middle of those of whom it is known.",
    )


class Cohort(ResponseBody):
    """Leads that came in one week, and what has become of them."""

    week: date = Field(examples=["2026-05-04"], description="Its Monday.")
    leads: int = Field(examples=[34])
    within: list[int] = Field(
        examples=[[2, 5, 8]],
        description="How many qualified within one, two and four weeks of their arrival.",
    )
    qualified: int = Field(examples=[9], description="How many qualified until now.")
    expected: float = Field(
        examples=[2.4], description="How many of the open ones are still to, by their chances."
    )
    variance: float = Field(examples=[1.7], description="Of that, were leads independent.")


class Funnel(ResponseBody):
    """How far leads come: by stage, and by the week they came, the newest first."""

    stages: list[ReachedStage]
    cohorts: list[Cohort]


class NewCost(RequestBody):
    """What was spent on an origin on a day."""

    by: OriginKind = Field(default="campaign", examples=["campaign"])
    origin: NonEmptyLine = Field(examples=["feira-2026"])
    day: date = Field(examples=["2026-05-04"])
    amount: Annotated[float, Field(ge=0.01, lt=1e11)] = Field(examples=[1500.0])


class Cost(ResponseBody):
    """What was spent on an origin on a day."""

    id: int = Field(examples=[7])
    origin: str = Field(examples=["feira-2026"])
    day: date = Field(examples=["2026-05-04"])
    amount: float = Field(examples=[1500.0])


class Costs(ResponseBody):
    """What was spent on origins, the newest first."""

    items: list[Cost]


class ChangedCost(ResponseBody):
    """A cost that was recorded or taken back."""

    ok: Ok
    id: int = Field(examples=[7])
