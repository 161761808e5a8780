"""Kinds of customers by bounds that are tried before they are decided."""

from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.docs import requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.customers import SegmentCounts, TriedSegments
from api.texts import Text
from domain.catalogue import catalogue
from domain.customers.segments import Segment, why_unusable

router = APIRouter(prefix="/api", tags=["customers"])


@router.post(
    "/distribution/segment", response_model=SegmentCounts, summary="Try other bounds of segments",
    openapi_extra=requires(Text.SEGMENTS_UNUSABLE),
)  # fmt: skip
async def tried_segments(body: TriedSegments, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return how many customers each segment would have; `PUT /admin/policy` decides bounds."""
    segments = [Segment(**one.model_dump()) for one in body.segments]
    if why_unusable(segments):
        raise ApiError(400, Text.SEGMENTS_UNUSABLE)
    market = await services.customers.now((await services.policy()).customer_segments)
    counts = await market.count(segments)
    words = catalogue(services.settings.language)
    items = [
        {"name": one.name, "text": words.segment(one.name), "count": counts.get(one.name, 0)}
        for one in segments
    ]
    return JsonResponse({"items": items})
