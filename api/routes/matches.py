"""Partner matching: who suits a lead, why, and what became of the proposal."""

from uuid import UUID

from fastapi import APIRouter

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.responses import JsonResponse
from api.schemas.matches import MatchList, PartnerVerdict, RecordedVerdict
from api.schemas.parameters import MatchLimitQuery
from api.texts import Text
from domain.catalogue import catalogue

router = APIRouter(tags=["partners"])


@router.get("/leads/{lead_id}/matches", response_model=MatchList, summary="Partners for a lead")
@router.get("/crm/leads/{lead_id}/matches", response_model=MatchList, summary="Partners for a lead")
async def matches(
    lead_id: UUID, services: ServicesDep, _: Viewer, limit: MatchLimitQuery = 10
) -> JsonResponse:
    """Return the partners that suit a lead best of all there are, wherever they are.

    The compatibility is the sum of its parts; the reasons are the largest of them.
    """
    words = catalogue(services.settings.language)
    return JsonResponse({"items": await services.matching.of(lead_id, limit, words)})


@router.get("/recommendations/partners", response_model=MatchList, summary="Partners for a lead",
            responses=refuses(404, Text.LEAD_NOT_FOUND),
            openapi_extra=requires(Text.LEAD_ID_REQUIRED))  # fmt: skip
async def recommended(
    lead_id: UUID, services: ServicesDep, _: Viewer, limit: MatchLimitQuery = 10
) -> JsonResponse:
    """Return the same as a lead's matches."""
    words = catalogue(services.settings.language)
    return JsonResponse({"items": await services.matching.of(lead_id, limit, words)})


@router.post("/leads/{lead_id}/matches/{partner_id}/feedback", response_model=RecordedVerdict,
             summary="Say what was done with a partner",
             openapi_extra=requires(Text.VERDICT_REQUIRED))  # fmt: skip
@router.post("/crm/leads/{lead_id}/matches/{partner_id}/feedback", response_model=RecordedVerdict,
             summary="Say what was done with a partner",
             openapi_extra=requires(Text.VERDICT_REQUIRED))  # fmt: skip
async def feedback(
    lead_id: UUID, partner_id: UUID, body: PartnerVerdict, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Record that a partner was kept, contacted or refused; the parts' weights learn from it.

    The last verdict on a pair counts. A refused partner comes after all others for this lead.
    """
    return JsonResponse(await services.matching.record(lead_id, partner_id, body.verdict, actor))
