"""Upkeep of the data: duplicates merged."""

from collections import Counter
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.access import Admin
from api.dependencies import Galope
from api.responses import Json
from api.routes.demo import only_in_demo
from api.schemas.base import Answered, Ok, Sent
from api.services import audit
from api.services.database import STATEMENTS

router = APIRouter(tags=["operation"])


class Dedup(Sent):
    """Which duplicates to merge."""

    dry_run: bool = Field(default=True, examples=[True])
    window_minutes: int = Field(default=60, ge=1, le=525_600, examples=[60])


class Deduplicated(Answered):
    """What was merged, or would be."""

    ok: Ok
    dry_run: bool = Field(examples=[True])
    window_minutes: int = Field(examples=[60])
    groups: int = Field(examples=[1])
    duplicate_rows: int = Field(examples=[2])
    deleted_rows: int = Field(examples=[0])
    moved: dict[str, int] = Field(examples=[{"events": 5, "notes": 1}])


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
