"""What heads beside the primary one say of leads, as it is answered."""

from pydantic import Field

from api.schemas.base import (
    LeadId,
    Probability,
    ResponseBody,
    ScorePoints,
    Timestamp,
    Version,
)
from api.schemas.scores import Reasons
from domain.heads import Anchor

HEAD = "buy_60d"
"""A head's name, for the documentation."""


class AskedHead(ResponseBody):
    """A question that is asked of every lead beside the primary one."""

    head: str = Field(examples=[HEAD])
    converts: list[str] = Field(
        examples=[["purchase"]], description="A yes; with none, silence is a yes."
    )
    loses: list[str] = Field(examples=[["return"]], description="A no.")
    horizon_days: float = Field(examples=[60], description="Days after which silence answers.")
    anchor: Anchor = Field(
        examples=["rolling"],
        description="`created`: asked once, when the lead came; `rolling`: asked anew at any"
        " moment.",
    )
    model_version: Version | None = Field(
        description="The model that answers; null while there is none, and no lead has a score."
    )


class AskedHeads(ResponseBody):
    """The questions that are asked beside the primary one."""

    items: list[AskedHead]


class HeadScore(ResponseBody):
    """What one of these questions is answered of a lead."""

    score: ScorePoints
    probability: Probability = Field(description="The chance of a yes within the horizon.")
    motivos: Reasons
    since: Timestamp = Field(description="When the score became what it is.")
    scored_at: Timestamp
    model_version: Version


class LeadHead(AskedHead):
    """A question with what is answered of a lead."""

    said: HeadScore | None = Field(
        description="Null while the head has no model, or the lead was not scored since."
    )


class LeadHeads(ResponseBody):
    """What all heads beside the primary one say of a lead."""

    lead_id: LeadId
    items: list[LeadHead]


class HeadLead(ResponseBody):
    """A lead with what a head says of it."""

    lead_id: LeadId
    nome: str = Field(examples=["Helena Prado"])
    uf: str | None = Field(examples=["MG"])
    cidade: str | None = Field(examples=["Uberaba"])
    segmento_interesse: str | None = Field(examples=["CAVALOS"])
    score: ScorePoints
    probability: Probability
    scored_at: Timestamp


class HeadRanking(ResponseBody):
    """Leads by what a head says of them, the likeliest yes first."""

    head: str = Field(examples=[HEAD])
    total: int = Field(examples=[240])
    items: list[HeadLead]
