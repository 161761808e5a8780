"""Partner matching: who suits a lead, why, and what became of the proposal."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Operator, Viewer
from api.dependencies import Galope
from api.docs import refuses, requires
from api.responses import Json
from api.routes.partners import PARTNER_ID, Partner
from api.schemas.base import Answered, LeadId, Ok, Sent
from api.texts import Text
from domain.catalogue import catalogue

router = APIRouter(tags=["partners"])

Limit = Annotated[int, Query(ge=1, le=50, description="How many partners.")]


class MatchReason(Answered):
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


class MatchList(Answered):
    """Partners for a lead, the best first."""

    items: list[Match]


class Verdict(Sent):
    """What was done with a partner."""

    verdict: Literal["kept", "contacted", "refused"] = Field(examples=["contacted"])


class Learned(Answered):
    """A verdict recorded, and what the parts are worth since."""

    ok: Ok
    lead_id: LeadId
    partner_id: UUID = Field(examples=[PARTNER_ID])
    verdict: str = Field(examples=["contacted"])
    learned: bool = Field(examples=[True], description="False when the same verdict was known.")
    weights: dict[str, float] = Field(examples=[{"segment": 30.0, "place": 9.1, "cnae": 15.9}])


@router.get("/leads/{lead_id}/matches", response_model=MatchList, summary="Partners for a lead")
@router.get("/crm/leads/{lead_id}/matches", response_model=MatchList, summary="Partners for a lead")
async def matches(lead_id: UUID, galope: Galope, _: Viewer, limit: Limit = 10) -> Json:
    """Return the partners that suit a lead best of all there are, wherever they are.

    The compatibility is the sum of its parts; the reasons are the largest of them.
    """
    words = catalogue(galope.settings.language)
    return Json({"items": await galope.matches.of(lead_id, limit, words)})


@router.get("/recommendations/partners", response_model=MatchList, summary="Partners for a lead",
            responses=refuses(404, Text.LEAD_NOT_FOUND),
            openapi_extra=requires(Text.LEAD_ID_REQUIRED))  # fmt: skip
async def recommended(lead_id: UUID, galope: Galope, _: Viewer, limit: Limit = 10) -> Json:
    """Return the same as a lead's matches."""
    words = catalogue(galope.settings.language)
    return Json({"items": await galope.matches.of(lead_id, limit, words)})


@router.post("/leads/{lead_id}/matches/{partner_id}/feedback", response_model=Learned,
             summary="Say what was done with a partner",
             openapi_extra=requires(Text.VERDICT_REQUIRED))  # fmt: skip
@router.post("/crm/leads/{lead_id}/matches/{partner_id}/feedback", response_model=Learned,
             summary="Say what was done with a partner",
             openapi_extra=requires(Text.VERDICT_REQUIRED))  # fmt: skip
async def feedback(
    lead_id: UUID, partner_id: UUID, body: Verdict, galope: Galope, who: Operator
) -> Json:
    """Record that a partner was kept, contacted or refused; the parts' weights learn from it.

    The last verdict on a pair counts. A refused partner comes after all others for this lead.
    """
    return Json(await galope.matches.record(lead_id, partner_id, body.verdict, who))
