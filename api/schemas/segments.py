"""Segments, the groups that leads and partners fall into, as they are answered."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import LEAD_ID, Ok, ResponseBody, Timestamp

SegmentNumber = Annotated[
    int, Field(examples=[3], description="Stays from one fit to the next where the group does.")
]

SegmentName = Annotated[str, Field(examples=["Orçamento alto e prazo curto"])]


class Advice(StrEnum):
    """What to do with a group."""

    PRIORITISE = "prioritise"
    KEEP = "keep"
    NURTURE = "nurture"
    WAIT = "wait"


class Demand(StrEnum):
    """What to do about partners where there is demand."""

    STAR = "star"
    ENOUGH = "enough"
    NOBODY = "nobody"


class Mark(ResponseBody):
    """Something that sets a group apart."""

    feature: str = Field(examples=["profile:orcamento_faixa|rank"])
    above: bool = Field(examples=[True], description="Whether it is above everybody's mean.")


class Segment(ResponseBody):
    """A group of leads or of partners."""

    number: SegmentNumber
    name: SegmentName
    marks: list[Mark] = Field(description="What the name is made of, for any language.")
    size: int = Field(examples=[420])
    share: float = Field(examples=[0.21], description="Of all, from 0 to 1.")
    asked: int = Field(examples=[300], description="Leads of known outcome, or verdicts given.")
    good: int = Field(examples=[75], description="Of them those that converted, or were good.")
    conversion: float | None = Field(examples=[0.25])
    advice: Advice = Field(examples=[Advice.PRIORITISE])
    what_to_do: str = Field(examples=["Fale primeiro com estes: qualificam mais que os outros."])


class Segmentation(ResponseBody):
    """The groups of a kind."""

    fitted_at: Timestamp
    stability: float = Field(
        examples=[0.96], description="Mean adjusted Rand index of groups found in resamples."
    )
    items: list[Segment]


class Cell(ResponseBody):
    """Demand in a state for a segment of the trade."""

    uf: str = Field(examples=["MG"])
    segment: str = Field(examples=["CAVALOS"])
    leads: int = Field(examples=[40], description="That came in the last 90 days.")
    partners: int = Field(examples=[2])
    leads_per_partner: float | None = Field(examples=[20.0])
    star_id: UUID | None = Field(examples=[LEAD_ID], description="The partner chosen most there.")
    star: str | None = Field(examples=["Haras Lobo"])
    advice: Demand = Field(examples=[Demand.STAR])
    what_to_do: str = Field(examples=["Tem mais procura do que parceiros: procure outros."])


class SegmentsAnswer(ResponseBody):
    """Groups of leads and of partners, and demand for partners."""

    leads: Segmentation | None = Field(description="Nothing before the first fit.")
    partners: Segmentation | None
    demand: list[Cell] = Field(description="Where partners are fewest for the leads, first.")


class LeadSegment(ResponseBody):
    """The group that a lead is in."""

    lead_id: UUID = Field(examples=[LEAD_ID])
    number: int | None = Field(examples=[3], description="Nothing before the first fit.")
    name: str | None = Field(examples=["Orçamento alto e prazo curto"])
    marks: list[Mark]


class Grouped(ResponseBody):
    """That groups were found anew."""

    ok: Ok
    said: str = Field(examples=["leads: 5 groups, stability 0.965"])
