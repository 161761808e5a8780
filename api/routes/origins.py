"""Where leads came from: campaigns, sources, referrers and landing pages, by week."""

from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.origins import OriginBy, Origins, Touch, Weeks

router = APIRouter(tags=["leads"])


@router.get("/origins", response_model=Origins, summary="Leads by origin and week")
async def origins(
    services: ServicesDep,
    _: Viewer,
    by: OriginBy = "campaign",
    touch: Touch = "first",
    weeks: Weeks = 12,
) -> JsonResponse:
    """Return how many leads each origin brought in each week, and how many of them qualified.

    It is read from the metadata of events: ``utm_source``, ``utm_medium``, ``utm_campaign``,
    ``referrer``, ``landing_page``.
    """
    head = (await services.policy()).head.name
    zone = services.settings.timezone
    rows = await services.database.fetch("origins", by, touch, zone, weeks, head)
    return JsonResponse({"items": [dict(row) for row in rows]})
