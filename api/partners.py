"""Partners: listed, counted, summed up by segment."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Viewer
from api.answers import Json
from api.leads import Limit, Offset, Segment, Uf, containing
from api.models import Partner, SegmentTotal, Total
from api.parts import Galope

router = APIRouter(tags=["partners"])

Search = Annotated[
    str | None, Query(max_length=200, description="Part of a name, CNPJ, CNAE or city.")
]


@router.get("/partners", response_model=list[Partner], summary="List partners")
async def listed(
    galope: Galope, _: Viewer, uf: Uf = None, segment: Segment = None, q: Search = None,
    limit: Limit = 100, offset: Offset = 0,
) -> Json:  # fmt: skip
    """Return a page of partners by priority, 1 first, then by name."""
    filters = (uf, segment, containing(q))
    return Json(await galope.database.fetchval("partners_page", *filters, limit, offset))


@router.get("/partners/count", response_model=Total, summary="Count partners")
async def counted(
    galope: Galope, _: Viewer, uf: Uf = None, segment: Segment = None, q: Search = None
) -> Json:
    """Return how many partners the same filters find."""
    filters = (uf, segment, containing(q))
    return Json({"total": await galope.database.fetchval("partners_count", *filters)})


@router.get("/partners/summary", response_model=list[SegmentTotal], summary="Partners by segment")
async def summary(galope: Galope, _: Viewer, uf: Uf = None) -> Json:
    """Return how many partners each segment has."""
    return Json(await galope.database.fetchval("partners_summary", uf))
