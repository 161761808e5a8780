"""A lead's rescores, as they are answered."""

from pydantic import Field

from api.schemas.base import (
    LeadId,
    Probability,
    ResponseBody,
    ScorePoints,
    StatusName,
    Timestamp,
    Version,
)


class PointsChange(ResponseBody):
    """What a rescore changed in one reason."""

    fator: str = Field(examples=["Clicou no botão de ação"])
    before: int = Field(examples=[0])
    after: int = Field(examples=[20])


class Rescored(ResponseBody):
    """One rescore."""

    id: int = Field(examples=[41])
    scored_at: Timestamp
    cause: str = Field(examples=["cta_click"])
    cause_text: str = Field(examples=["Clicou no botão de ação"])
    score_before: int | None = Field(examples=[38])
    score_after: ScorePoints
    status: StatusName | None = Field(description="Null of a head beside the primary one.")
    probability: Probability
    model_version: Version
    changes: list[PointsChange]


class History(ResponseBody):
    """A lead's rescores, the newest first."""

    lead_id: LeadId
    items: list[Rescored]
    next_before: int | None = Field(
        examples=[40], description="Ask with ``before`` for the page after this."
    )
