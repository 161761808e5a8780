"""Where leads came from, how far they come, and what that cost."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.origins import (
    ChangedCost,
    Costs,
    Funnel,
    NewCost,
    OriginBy,
    Origins,
    Touch,
    Weeks,
)
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text

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


@router.get("/origins/costs", response_model=Costs, summary="What origins cost")
async def costs(
    services: ServicesDep, _: Viewer, by: OriginBy = "campaign", weeks: Weeks = 12
) -> JsonResponse:
    """Return what was spent on origins of one kind, the newest first."""
    rows = await services.database.fetch("costs", by, services.settings.timezone, weeks)
    return JsonResponse({"items": [dict(row) for row in rows]})


@router.post("/origins/costs", response_model=ChangedCost, status_code=201,
             summary="Record a cost", openapi_extra=requires(Text.COST_REQUIRED))  # fmt: skip
async def add_cost(body: NewCost, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Record what was spent on an origin on a day."""
    async with services.database.transaction() as connection:
        values = (body.by, body.origin, body.day, f"{body.amount:.2f}")
        number = await connection.fetchval(STATEMENTS["add_cost"], *values)
        await audit.record(connection, actor, "cost recorded", cost=number)
    return JsonResponse({"ok": True, "id": number}, 201)


@router.delete("/origins/costs/{number}", response_model=ChangedCost,
               summary="Take a cost back", responses=refuses(404, Text.COST_NOT_FOUND))  # fmt: skip
async def remove_cost(
    services: ServicesDep, actor: Operator, number: Annotated[int, Path(ge=1, lt=2**63)]
) -> JsonResponse:
    """Delete a cost that was recorded by mistake."""
    async with services.database.transaction() as connection:
        if await connection.fetchval(STATEMENTS["remove_cost"], number) is None:
            raise ApiError(404, Text.COST_NOT_FOUND)
        await audit.record(connection, actor, "cost taken back", cost=number)
    return JsonResponse({"ok": True, "id": number})
