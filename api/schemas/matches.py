"""Partners proposed for a lead, as they are answered."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import LeadId, Ok, RequestBody, ResponseBody
from api.schemas.partners import PARTNER_ID, Partner


class MatchReason(ResponseBody):
    """One reason for a partner, in words."""

    code: str = Field(examples=["neighbour"])
    points: int = Field(examples=[9])
    text: str = Field(examples=["UF vizinha"])


class Match(Partner):
    """A partner proposed for a lead."""

    score: int = Field(
        examples=[55], description="The compatibility, under the name old clients read."
    )
    compatibility: int = Field(ge=0, le=100, examples=[55], description="The sum of the parts.")
    parts: dict[str, int] = Field(examples=[{"segment": 30, "place": 9, "cnae": 16}])
    reasons: list[MatchReason] = Field(min_length=1, max_length=3)
    km: float | None = Field(
        examples=[112.4], description="Between the two, where both places are known."
    )
    verdict: str | None = Field(
        examples=["contacted"], description="What was done with the partner for this lead."
    )


class MatchList(ResponseBody):
    """Partners for a lead, the best first."""

    items: list[Match]


class PartnerVerdict(RequestBody):
    """What was done with a partner."""

    verdict: Literal["kept", "contacted", "refused"] = Field(examples=["contacted"])


class RecordedVerdict(ResponseBody):
    """A verdict recorded, and what the parts are worth since."""

    ok: Ok
    lead_id: LeadId
    partner_id: UUID = Field(examples=[PARTNER_ID])
    verdict: str = Field(examples=["contacted"])
    learned: bool = Field(examples=[True], description="False when the same verdict was known.")
    weights: dict[str, float] = Field(examples=[{"segment": 30.0, "place": 9.1, "cnae": 15.9}])
