"""Partners: listed, counted, summed up by segment."""

from fastapi import APIRouter, Response

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.base import Total
from api.schemas.parameters import (
    ALL,
    LimitQuery,
    OffsetQuery,
    PartnerSearchQuery,
    PartnerSortQuery,
    SegmentQuery,
    UfQuery,
)
from api.schemas.partners import Partner, PartnerCard, SegmentTotal
from api.services.database import like_pattern
from api.services.listing import Paging, listing, page_ids

router = APIRouter(tags=["partners"])

CARDS = 500
"""Partners for the board where no limit is sent: all its client shows."""


@router.get("/partners", response_model=list[Partner], summary="List partners")
async def listed(
    services: ServicesDep,
    _: Viewer,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: PartnerSearchQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    sort: PartnerSortQuery = None,
) -> Response:
    """Return partners, or with a limit a page of them, by priority, 1 first, then by name."""
    database, filters = services.database, (uf, segment, like_pattern(q))
    ids = await page_ids(database, "partners", filters, Paging(limit or ALL, offset, sort))
    return await listing(database, ids, "partners_rows")


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


@router.get("/crm/partners/summary", response_model=list[SegmentTotal],
            summary="Partners by segment")  # fmt: skip
@router.get("/partners/summary", response_model=list[SegmentTotal], summary="Partners by segment")
async def summary(services: ServicesDep, _: Viewer, uf: UfQuery = None) -> JsonResponse:
    """Return how many partners each segment has."""
    return JsonResponse(await services.database.fetchval("partners_summary", uf))


@router.get("/crm/partners", response_model=list[PartnerCard], summary="Partners for the board")
async def cards(
    services: ServicesDep,
    _: Viewer,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: PartnerSearchQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
) -> Response:
    """Return partners by priority, then name; 500 of them where no limit is sent."""
    filters = (uf, segment, like_pattern(q))
    ids = await services.database.fetchval("partners_ids", *filters, limit or CARDS, offset)
    return await listing(services.database, ids, "partner_cards")
