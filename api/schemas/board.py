"""Cards, stages and what moves them, as they are sent and answered."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AliasChoices, Field

from api.schemas.base import LEAD_ID, LeadId, Line, NonEmptyLine, RequestBody, ResponseBody
from api.schemas.leads import ChangedLead, Lead
from api.schemas.parameters import Given
from domain.bands import INBOX, Confirmation, Status

STATUS_OF = {
    INBOX: Status.CURIOUS,
    Status.CURIOUS: Status.CURIOUS,
    Status.WARMING: Status.WARMING,
    Status.QUALIFIED: Status.QUALIFIED,
    Status.SENT: Status.SENT,
}
"""The status a stage gives; the inbox is CURIOSO's column."""

StageQuery = Annotated[str | None, Given, Query(examples=["INBOX"])]

BoardOrder = Literal["newest", "best"]

StageName = Annotated[NonEmptyLine, Field(json_schema_extra={"enum": list(STATUS_OF)})]
"""A stage, in capitals or not."""

StageCounts = Annotated[
    dict[str, int],
    Field(examples=[{"INBOX": 180, "AQUECENDO": 41, "QUALIFICADO": 12, "ENVIADO": 7}]),
]


LostLeads = Annotated[dict[UUID, str], Field(examples=[{LEAD_ID: "lost_interest"}])]
"""The event that says a lead is lost, by lead."""


class Card(Lead):
    """A lead on the board; ``crm_stage`` is the column it stands in."""


class Board(ResponseBody):
    """A page of the board."""

    items: list[Card]


class Move(RequestBody):
    """Where to put a card."""

    lead_id: LeadId = Field(validation_alias=AliasChoices("lead_id", "id"))
    stage: StageName = Field(examples=["QUALIFICADO"])
    expected_stage: StageName | None = Field(
        default=None,
        examples=["AQUECENDO"],
        description="Where the card was seen; if it is elsewhere, nothing changes.",
    )
    confirms: list[Confirmation] = Field(
        default=[],
        examples=[["budget_confirmed"]],
        description="What the person who moves the card has confirmed with the lead.",
    )
    source: Line | None = Field(default=None, examples=["kanban"])


class Handoff(RequestBody):
    """A lead to pass on."""

    lead_id: LeadId
    channel: Line | None = Field(default=None, examples=["whatsapp"])
    partner_id: UUID | None = Field(
        default=None,
        examples=["2b1f7f0e-8f0a-4a53-9a0c-5a5f1c7e9d10"],
        description="Whom it is passed on to.",
    )


class HandoffUndo(RequestBody):
    """A lead whose last handoff is taken back."""

    lead_id: LeadId


class Transition(ResponseBody):
    """What a change did to a lead's place and score."""

    from_stage: str = Field(examples=["AQUECENDO"])
    to_stage: str = Field(examples=["QUALIFICADO"])
    from_status: str | None = Field(examples=["AQUECENDO"])
    to_status: str | None = Field(examples=["QUALIFICADO"])
    from_score: int | None = Field(examples=[58])
    to_score: int | None = Field(examples=[70])


class Moved(ChangedLead):
    """A lead that was moved."""

    transition: Transition
