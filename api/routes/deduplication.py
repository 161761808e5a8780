"""Upkeep of the data: duplicates merged."""

from collections import Counter
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access import Admin, only_in_demo
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.deduplication import Deduplication, DeduplicationResult
from api.services import audit
from api.services.database import STATEMENTS

router = APIRouter(tags=["operation"])


@router.post("/admin/dedup-leads", response_model=DeduplicationResult, summary="Merge duplicates")
async def dedup(
    services: ServicesDep, actor: Admin, body: Deduplication | None = None
) -> JsonResponse:
    """Merge each duplicate into the lead that came first: its events and notes move there.

    With ``dry_run``, which is the default, only count.
    """
    chosen = body or Deduplication()
    if not chosen.dry_run:
        only_in_demo(services.settings)
    async with services.database.transaction() as connection:
        rows = await connection.fetch(STATEMENTS["duplicates"], chosen.window_minutes)
        first = _first(rows)
        extra, kept = list(first), list(first.values())
        if not chosen.dry_run:
            await connection.fetch(STATEMENTS["hold_leads"], extra + kept)
        moved = await connection.fetchrow(STATEMENTS["count_moved"], extra)
        if not chosen.dry_run:
            await connection.execute(STATEMENTS["move_events"], extra, kept)
            await connection.execute(STATEMENTS["move_notes"], extra, kept)
            await connection.execute(STATEMENTS["delete_leads"], extra)
            await audit.record(connection, actor, "duplicates merged", leads=len(extra))
    return JsonResponse(
        {
            "ok": True,
            "dry_run": chosen.dry_run,
            "window_minutes": chosen.window_minutes,
            "groups": len(Counter(kept)),
            "duplicate_rows": len(extra),
            "deleted_rows": 0 if chosen.dry_run else len(extra),
            "moved": dict(moved or {}),
        }
    )


def _first(rows: list[Any]) -> dict[UUID, UUID]:
    """Return, for each duplicate, the lead it ends up in: the first of its chain."""
    first: dict[UUID, UUID] = {}
    for row in rows:
        first[row["id"]] = first.get(row["earlier"], row["earlier"])
    return first
