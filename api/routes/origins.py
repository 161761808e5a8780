"""Where leads came from: campaigns, sources, referrers and landing pages, by week."""

from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.origins import Funnel, OriginBy, Origins, Touch, Weeks

router = APIRouter(tags=["leads"])


@router.get("/origins", response_model=Origins, summary="Leads by origin and week")
async def origins(
    services: ServicesDep,
    _: Viewer,
    by: OriginBy = "campaign",
    touch: Touch = "first",
    weeks: Weeks = 12,
) -> JsonResponse:
    """Return how many leads each origin brought in each week, and how many qualified or are to.

    It is read from the metadata of events: ``utm_source``, ``utm_medium``, ``utm_campaign``,
    ``referrer``, ``landing_page``.
    """
    head = (await services.policy()).head.name
    zone = services.settings.timezone
    rows = await services.database.fetch("origins", by, touch, zone, weeks, head)
    return JsonResponse({"items": [dict(row) for row in rows]})


@router.get("/funnel", response_model=Funnel, summary="How far leads come")
async def funnel(services: ServicesDep, _: Viewer, weeks: Weeks = 12) -> JsonResponse:
    """Return how many leads reached each stage and how long they took, and each week's leads.

    What is expected is the sum of chances of leads whose outcome is open: what the model says will
    come of those there are, not of those who are still to come.
    """
    head = (await services.policy()).head.name
    zone = services.settings.timezone
    stages = await services.database.fetch("funnel", zone, weeks)
    cohorts = await services.database.fetch("cohorts", zone, weeks, head)
    return JsonResponse(
        {"stages": [dict(row) for row in stages], "cohorts": [dict(row) for row in cohorts]}
    )
