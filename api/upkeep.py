"""Upkeep of the data: duplicates merged."""

from collections import Counter
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api import audit
from api.access import Admin
from api.answers import Json
from api.database import STATEMENTS
from api.demo import only_in_demo
from api.models import Dedup, Deduplicated
from api.parts import Galope

router = APIRouter(tags=["operation"])


@router.post("/admin/dedup-leads", response_model=Deduplicated, summary="Merge duplicates")
async def dedup(galope: Galope, who: Admin, body: Dedup | None = None) -> Json:
    """Merge each duplicate into the lead that came first: its events and notes move there.

    With ``dry_run``, which is the default, only count.
    """
    chosen = body or Dedup()
    if not chosen.dry_run:
        only_in_demo(galope)
    async with galope.database.transaction() as connection:
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
            await audit.record(connection, who, "duplicates merged", leads=len(extra))
    return Json(
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
