"""How a score came about: every rescore of a lead, and an explanation in words."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query

from api.access import Viewer
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.history import History
from api.schemas.parameters import Given
from api.texts import Text
from domain.catalogue import Catalogue, catalogue
from domain.reasons import kept_reasons

router = APIRouter(tags=["scores"])


@router.get("/leads/{lead_id}/history", response_model=History, summary="Every rescore of a lead")
async def history(
    lead_id: UUID, services: ServicesDep, _: Viewer,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    head: Annotated[str | None, Given, Query(examples=["buy_60d"])] = None,
) -> JsonResponse:  # fmt: skip
    """Return a lead's rescores, the newest first: when, why, before and after, what moved.

    ``before`` asks for those older than that row, ``head`` for those of a head beside the primary
    one, which has a row a new score.
    """
    if not await services.database.fetchval("lead_exists", lead_id):
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    # One row more, which the oldest of the page is compared with.
    if head and head not in {other.name for other in (await services.policy()).others}:
        raise ApiError(404, Text.HEAD_NOT_FOUND)
    rows = await services.database.fetch("history", lead_id, before, limit + 1, head or "")
    words = catalogue(services.settings.language)
    points = [orjson.loads(row["points"]) for row in rows]
    if head:
        reasons = map(kept_reasons, points)
        points = [[(reason.code, reason.points) for reason in one] for one in reasons]
    items = [
        {
            **{name: value for name, value in row.items() if name != "points"},
            "cause_text": words.cause(row["cause"]),
            "changes": _changes(words, now, previous),
        }
        for row, now, previous in zip(rows, points, [*points[1:], []], strict=False)
    ][:limit]
    more = items[-1]["id"] if len(rows) > limit else None
    return JsonResponse({"lead_id": lead_id, "items": items, "next_before": more})


def _changes(
    words: Catalogue, now: list[tuple[str, int]], before: list[tuple[str, int]]
) -> list[dict[str, Any]]:
    """Return the reasons whose points moved, the largest movement first."""
    old, new = dict(before), dict(now)
    moved = [(code, old.get(code, 0), new.get(code, 0)) for code in old | new]
    moved = sorted(
        ((code, was, after) for code, was, after in moved if was != after),
        key=lambda change: -abs(change[2] - change[1]),
    )
    return [
        {"fator": words.reason(code), "before": was, "after": after} for code, was, after in moved
    ]
