"""Duplicates found and merged."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access import Admin, only_in_demo
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.deduplication import OLD_TABLES, Deduplication, DeduplicationResult
from api.services import audit
from api.services.database import STATEMENTS

router = APIRouter(tags=["operation"])

SAMPLE = 10
"""Groups of duplicates that an answer shows."""


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
        leads = await connection.fetchval(STATEMENTS["count_leads"])
        rows = await connection.fetch(STATEMENTS["duplicates"], chosen.window_minutes)
        first = _first(rows)
        extra, kept = list(first), list(first.values())
        if not chosen.dry_run:
            await connection.fetch(STATEMENTS["hold_leads"], extra + kept)
        moved = await connection.fetchrow(STATEMENTS["count_moved"], extra)
        if not chosen.dry_run:
            await connection.execute(STATEMENTS["merge_leads"], extra, kept)
            await audit.record(connection, actor, "duplicates merged", leads=len(extra))
    groups = _groups(first)
    return JsonResponse(
        {
            "ok": True,
            "dry_run": chosen.dry_run,
            "action": "dry_run" if chosen.dry_run else "merged",
            "window_minutes": chosen.window_minutes,
            "before_leads": leads,
            "after_leads": leads if chosen.dry_run else leads - len(extra),
            "duplicate_groups": len(groups),
            "duplicated_rows": len(extra) + len(groups),
            "rows_to_delete": len(extra),
            "deleted_leads": 0 if chosen.dry_run else len(extra),
            "migrated": dict(moved or {}) | OLD_TABLES,
            "sample": [
                {"kept_id": lead, "duplicate_ids": duplicates}
                for lead, duplicates in islice(groups.items(), SAMPLE)
            ],
            "executed_at": datetime.now(UTC),
        }
    )


def _groups(first: dict[UUID, UUID]) -> dict[UUID, list[UUID]]:
    """Return, for each lead that is kept, its duplicates."""
    groups: dict[UUID, list[UUID]] = {}
    for duplicate, lead in first.items():
        groups.setdefault(lead, []).append(duplicate)
    return groups


def _first(rows: list[Any]) -> dict[UUID, UUID]:
    """Return, for each duplicate, the lead it ends up in: the first of its chain."""
    first: dict[UUID, UUID] = {}
    for row in rows:
        first[row["id"]] = first.get(row["earlier"], row["earlier"])
    return first
