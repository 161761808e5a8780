"""Everything on record of a lead in one list, by date."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query

from api.access import Viewer
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.timeline import Timeline
from api.texts import Text

router = APIRouter(tags=["leads"])


@router.get("/leads/{lead_id}/timeline", response_model=Timeline, summary="A lead's timeline")
async def timeline(
    lead_id: UUID, services: ServicesDep, _: Viewer,
    limit: Annotated[int, Query(ge=1, le=5000)] = 100,
) -> JsonResponse:  # fmt: skip
    """Return events, notes, rescores and the arrival of a lead, the newest first.

    Rows of ``events`` and ``lead_notes`` from before Galope was installed are among them.
    """
    if not await services.database.fetchval("lead_exists", lead_id):
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    items = orjson.loads(await services.database.fetchval("timeline", lead_id, limit + 1))
    return JsonResponse({"lead_id": lead_id, "items": items[:limit], "more": len(items) > limit})
