"""Partners: listed, counted, summed up by segment."""

from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.base import Total
from api.schemas.parameters import (
    LimitQuery,
    OffsetQuery,
    PartnerSearchQuery,
    SegmentQuery,
    UfQuery,
)
from api.schemas.partners import Partner, SegmentTotal
from api.services.database import like_pattern

router = APIRouter(tags=["partners"])


@router.get("/partners", response_model=list[Partner], summary="List partners")
async def listed(
    services: ServicesDep,
    _: Viewer,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: PartnerSearchQuery = None,
    limit: LimitQuery = 100,
    offset: OffsetQuery = 0,
) -> JsonResponse:
    """Return a page of partners by priority, 1 first, then by name."""
    filters = (uf, segment, like_pattern(q))
    return JsonResponse(await services.database.fetchval("partners_page", *filters, limit, offset))


@router.get("/partners/count", response_model=Total, summary="Count partners")
async def counted(
    services: ServicesDep,
    _: Viewer,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: PartnerSearchQuery = None,
) -> JsonResponse:
    """Return how many partners the same filters find."""
    filters = (uf, segment, like_pattern(q))
    return JsonResponse({"total": await services.database.fetchval("partners_count", *filters)})


@router.get("/partners/summary", response_model=list[SegmentTotal], summary="Partners by segment")
async def summary(services: ServicesDep, _: Viewer, uf: UfQuery = None) -> JsonResponse:
    """Return how many partners each segment has."""
    return JsonResponse(await services.database.fetchval("partners_summary", uf))
