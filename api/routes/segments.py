"""Segments over HTTP: the groups that leads and partners fall into, and demand for partners."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Query

from api.access import Admin, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.segments import Advice, Demand, Grouped, LeadSegment, SegmentsAnswer
from api.services import audit, commands
from api.services.database import STATEMENTS
from api.texts import Text
from domain.catalogue import Catalogue, catalogue
from domain.grouping import Mark

router = APIRouter(tags=["segments"])

LEADS, PARTNERS = "leads", "partners"

FEW = 20
"""Answers of a group below which its conversion says nothing."""

MUCH_MORE, MUCH_LESS = 1.25, 0.75
"""Times everybody's conversion from which a group's is another."""

DEMAND_DAYS = 90

CELLS = 30
"""Cells of demand that are told."""

BUSY = 10
"""Leads a partner in 90 days from which there are too few partners."""

TOO_LITTLE = 3
"""Exit code of the command where there is nobody to group."""


@router.get("/ml/segments", response_model=SegmentsAnswer, summary="Groups of leads and partners")
async def segments(
    services: ServicesDep,
    _: Viewer,
    demand: Annotated[
        bool, Query(description="Whether demand for partners is told too, which takes longest.")
    ] = True,
) -> JsonResponse:
    """Return the groups that were found, with what sets each apart and what to do about it."""
    words = catalogue(services.settings.language)
    async with services.database.connection() as connection:
        leads = await connection.fetchrow(STATEMENTS["grouping"], LEADS)
        partners = await connection.fetchrow(STATEMENTS["grouping"], PARTNERS)
        counted = await connection.fetch(STATEMENTS["lead_group_sizes"])
        cells = demand and await connection.fetch(STATEMENTS["demand"], DEMAND_DAYS, CELLS)
    sizes = {row["number"]: row["size"] for row in counted}
    return JsonResponse(
        {
            "leads": _segmentation(LEADS, leads, words, sizes),
            "partners": _segmentation(PARTNERS, partners, words),
            "demand": [_cell(row, words) for row in cells or ()],
        }
    )


def _segmentation(
    kind: str, row: asyncpg.Record | None, words: Catalogue, sizes: dict[int, int] | None = None
) -> dict[str, Any] | None:
    """Return the groups of a kind; `sizes` are those of now, where others are known."""
    if row is None:
        return None
    groups: list[dict[str, Any]] = orjson.loads(row["groups"])
    for group in groups:
        group["size"] = group["size"] if sizes is None else sizes.get(group["number"], 0)
    total = sum(group["size"] for group in groups)
    asked, good = (sum(group[name] for group in groups) for name in ("asked", "good"))
    everybodys = good / asked if asked else 0.0
    return {
        "fitted_at": row["fitted_at"],
        "stability": row["stability"],
        "items": [
            group
            | _advised(kind, group, everybodys, words)
            | {"share": group["size"] / max(total, 1)}
            for group in groups
        ],
    }


def _advised(
    kind: str, group: dict[str, Any], everybodys: float, words: Catalogue
) -> dict[str, Any]:
    """Return a group's name, its conversion, and what to do as that is more or less than usual."""
    rate = group["good"] / group["asked"] if group["asked"] else None
    advice = Advice.KEEP
    if rate is None or group["asked"] < FEW:
        advice = Advice.WAIT
    elif rate >= MUCH_MORE * everybodys:
        advice = Advice.PRIORITISE
    elif rate <= MUCH_LESS * everybodys:
        advice = Advice.NURTURE
    what = words.words["group"][f"{kind}_{advice}"]
    return _named(group, words) | {"conversion": rate, "advice": advice, "what_to_do": what}


def _named(group: dict[str, Any], words: Catalogue) -> dict[str, Any]:
    marks = [Mark(*mark) for mark in group["marks"]]
    return {"name": words.group(marks), "marks": [mark._asdict() for mark in marks]}


def _cell(row: asyncpg.Record, words: Catalogue) -> dict[str, Any]:
    each = row["leads"] / row["partners"] if row["partners"] else None
    advice = Demand.NOBODY
    if each is not None:
        advice = Demand.STAR if each >= BUSY else Demand.ENOUGH
    return dict(row) | {
        "leads_per_partner": each,
        "advice": advice,
        "what_to_do": words.words["group"][advice],
    }


@router.get(
    "/leads/{lead_id}/segment", response_model=LeadSegment, summary="The group a lead is in"
)
async def segment_of(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return the group that a lead is in, as it was when the lead was last scored."""
    words = catalogue(services.settings.language)
    async with services.database.connection() as connection:
        if await connection.fetchval(STATEMENTS["lead"], lead_id) is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        number = await connection.fetchval(STATEMENTS["lead_group"], lead_id)
        known = await connection.fetchrow(STATEMENTS["grouping"], LEADS)
    groups = orjson.loads(known["groups"]) if known else []
    group = next((one for one in groups if one["number"] == number), None)
    named = {"name": None, "marks": []} if group is None else _named(group, words)
    return JsonResponse({"lead_id": lead_id, "number": group and number, **named})


@router.post(
    "/admin/ml/segments", response_model=Grouped, summary="Find groups anew",
    responses=refuses(400, Text.TOO_FEW_TO_GROUP) | refuses(409, Text.BUSY)
    | refuses(502, Text.COMMAND_FAILED.format(reason="…")),
)  # fmt: skip
async def group(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Find the groups that leads and partners fall into; those that are the old ones keep names."""
    result = await commands.run(services.settings.database_url, "offline.segments")
    if result.code == TOO_LITTLE:
        raise ApiError(400, Text.TOO_FEW_TO_GROUP)
    if result.code != 0:
        raise ApiError(502, Text.COMMAND_FAILED.format(reason=result.last_line))
    async with services.database.transaction() as connection:
        await audit.record(connection, actor, "segments found")
    return JsonResponse({"ok": True, "said": result.out})
