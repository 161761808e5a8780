"""What is on record of a lead, as it is answered."""

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import LeadId, ResponseBody, Timestamp


class TimelineItem(ResponseBody):
    """One thing on record."""

    kind: Literal["lead", "event", "note", "score", "owner"] = Field(
        examples=["event"],
        description="``lead`` is the lead's own arrival, ``score`` a rescore, ``owner`` that it was"
        " given to somebody.",
    )
    id: str = Field(examples=["f0a1c1de-3d5c-4e02-8f53-6c1a2a1f9b77"])
    type: str = Field(
        examples=["cta_click"], description="Of an event or a note, or the cause of a rescore."
    )
    at: Timestamp
    details: Any = Field(
        default=None,
        examples=[{"page": "/haras"}],
        description="An event's metadata; a note's text; the score before and after a rescore; whom"
        " the lead was given to.",
    )
    partner: str | None = Field(
        default=None, examples=["Haras Boa Vista"], description="To whom a lead was handed off."
    )
    by: str | None = Field(
        default=None,
        examples=["Bia Rocha"],
        description="Who did it: a user, or a key; empty where nobody said who they are.",
    )


class Timeline(ResponseBody):
    """What is on record of a lead, the newest first."""

    lead_id: LeadId
    items: list[TimelineItem]
    more: bool = Field(examples=[False], description="Whether there is more than ``limit``.")
