"""A score in words, as it is answered."""

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
from api.schemas.scores import Reasons


class AnswerUsed(ResponseBody):
    """An answer of the lead's that its score looks at."""

    field: str = Field(examples=["uf"])
    label: str = Field(examples=["Estado"])
    value: str | float = Field(examples=["MG"])


class EventsUsed(ResponseBody):
    """Events of one type that the score looks at."""

    event_type: str = Field(examples=["cta_click"])
    label: str = Field(examples=["Clicou no botão de ação"])
    count: int = Field(examples=[1])
    first_at: Timestamp
    last_at: Timestamp


class LabelUsed(ResponseBody):
    """A label of events, of those the team declared, that the score looks at."""

    name: str = Field(examples=["campaign=verao"])
    label: str = Field(examples=["Campanha: verao"])
    count: int = Field(examples=[2])
    last_at: Timestamp


class DataUsed(ResponseBody):
    """All that a score looks at."""

    profile: list[AnswerUsed]
    events: list[EventsUsed]
    labels: list[LabelUsed]
    amount: float | None = Field(
        examples=[1250.0], description="The sum of what events carry; None where none does."
    )
    left_out: int = Field(
        examples=[25], description="Events that do not count, for a machine made them."
    )
    signals: list[str] = Field(examples=[["budget_confirmed"]])
    stage_by_hand: str | None = Field(examples=["QUALIFICADO"])


class NamedModel(ResponseBody):
    """A model."""

    version: Version
    name: str | None = Field(examples=["galope qualify v3"])


class Explanation(ResponseBody):
    """A score in words, with the data behind it."""

    lead_id: LeadId
    score: ScorePoints | None
    status: StatusName
    text: list[str] = Field(examples=[["A nota é 58 de 0 a 100."]])
    motivos: Reasons
    data_used: DataUsed
    model: NamedModel
    probability_qualified: Probability | None
    scored_at: Timestamp | None
