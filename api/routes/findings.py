"""Findings over HTTP: what is odd of leads and partners, listed and settled."""

from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Path, Query

from api.access import Actor, Admin, Operator, Viewer
from api.dependencies import Services, ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.findings import (
    FindingList,
    NewSettlement,
    Searched,
    SettledFinding,
    Settlement,
)
from api.services import audit, commands
from api.services.database import STATEMENTS
from api.texts import Text
from domain.anomalies import Anomaly
from domain.catalogue import Catalogue, catalogue
from postgres.connect import Connection

router = APIRouter(tags=["findings"])

Number = Annotated[int, Path(ge=1, lt=2**63)]

UNKNOWN = refuses(404, Text.FINDING_NOT_FOUND)


@router.get("/ml/anomalies", response_model=FindingList, summary="What is odd")
async def findings(
    services: ServicesDep,
    _: Viewer,
    code: Annotated[Anomaly | None, Query(description="Only of this kind.")] = None,
    settled: Annotated[bool, Query(description="What was settled, in place of the rest.")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> JsonResponse:
    """Return what the last search found odd: out of pattern, double, contradictory, a machine's."""
    words = catalogue(services.settings.language)
    async with services.database.connection() as connection:
        rows = await connection.fetch(STATEMENTS["findings"], settled, code, limit)
        (counts,) = await connection.fetch(STATEMENTS["count_findings"])
    return JsonResponse(
        {
            "items": [_finding(row, words) for row in rows],
            "open": orjson.loads(counts["open"]),
            "searched_at": counts["searched_at"],
        }
    )


def _finding(row: asyncpg.Record, words: Catalogue) -> dict[str, Any]:
    facts = orjson.loads(row["facts"])
    return dict(row) | {
        "facts": facts,
        "text": words.anomaly(row["code"], facts, row["other_name"]),
    }


@router.post(
    "/admin/ml/anomalies", response_model=Searched, summary="Look for what is odd",
    responses=refuses(409, Text.BUSY) | refuses(502, Text.COMMAND_FAILED.format(reason="…")),
)  # fmt: skip
async def search(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Look for what is odd of leads and partners; what was settled stays settled."""
    result = await commands.run(services.settings.database_url, "offline.anomalies", "--json")
    if result.code != 0:
        raise ApiError(502, Text.COMMAND_FAILED.format(reason=result.last_line))
    found = orjson.loads(result.out)
    async with services.database.transaction() as connection:
        await audit.record(connection, actor, "anomalies looked for", **found)
    return JsonResponse({"ok": True, "found": found})


@router.put(
    "/ml/anomalies/{number}/settlement", response_model=SettledFinding, summary="Settle a finding",
    responses=UNKNOWN | refuses(409, Text.FINDING_MERGED),
    openapi_extra=requires(Text.SETTLEMENT_REQUIRED),
)  # fmt: skip
async def settle(
    services: ServicesDep, actor: Operator, number: Number, body: NewSettlement
) -> JsonResponse:
    """Say that what was found was put right, or that it is to be ignored for ever."""
    return await _settled(services, actor, number, Settlement(body.settlement))


@router.delete(
    "/ml/anomalies/{number}/settlement", response_model=SettledFinding, summary="Open it again",
    responses=UNKNOWN | refuses(409, Text.FINDING_MERGED),
)  # fmt: skip
async def reopen(services: ServicesDep, actor: Operator, number: Number) -> JsonResponse:
    """Have a finding be open again."""
    return await _settled(services, actor, number, None)


@router.put(
    "/ml/anomalies/{number}/merge", response_model=SettledFinding, summary="Merge two leads",
    responses=UNKNOWN | refuses(409, Text.HELD_ELSEWHERE.format(table="…")),
)  # fmt: skip
async def merge(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Merge the later lead into the earlier: events, notes, owner, and answers that lack there."""
    async with services.database.transaction() as connection:
        finding = await _held(connection, number)
        kept, extra = finding["lead_id"], finding["other_id"]
        if finding["code"] != Anomaly.SAME_LEAD or finding["settlement"] is not None:
            raise ApiError(409, Text.NOT_MERGEABLE)
        if len(await connection.fetch(STATEMENTS["hold_leads"], [kept, extra])) < len(
            (kept, extra)
        ):
            raise ApiError(409, Text.NOT_MERGEABLE)
        table = await connection.fetchval(STATEMENTS["other_rows_of"], extra)
        if table is not None:
            raise ApiError(409, Text.HELD_ELSEWHERE.format(table=table))
        await connection.execute(STATEMENTS["merge_leads"], [extra], [kept])
        await _settle(connection, actor, number, Settlement.MERGED)
        await audit.record(connection, actor, "lead merged", kept, merged=extra, finding=number)
    return JsonResponse({"ok": True, "id": number, "settlement": Settlement.MERGED})


@router.delete(
    "/ml/anomalies/{number}/merge", response_model=SettledFinding, summary="Undo a merge",
    responses=UNKNOWN | refuses(409, Text.NOT_MERGED),
)  # fmt: skip
async def part(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Part two leads that were merged: each has again what it had, and the finding is open."""
    async with services.database.transaction() as connection:
        finding = await _held(connection, number)
        kept, extra = finding["lead_id"], finding["other_id"]
        if finding["settlement"] != Settlement.MERGED:
            raise ApiError(409, Text.NOT_MERGED)
        if await connection.fetchval(STATEMENTS["part_leads"], kept, extra) is None:
            raise ApiError(409, Text.NOT_MERGED)
        await _settle(connection, actor, number, None)
        await audit.record(connection, actor, "merge undone", kept, merged=extra, finding=number)
    return JsonResponse({"ok": True, "id": number, "settlement": None})


async def _settled(
    services: Services, actor: Actor, number: int, settlement: Settlement | None
) -> JsonResponse:
    async with services.database.transaction() as connection:
        finding = await _held(connection, number)
        if finding["settlement"] == Settlement.MERGED:
            raise ApiError(409, Text.FINDING_MERGED)
        await _settle(connection, actor, number, settlement)
        facts = {"finding": number, "settlement": settlement}
        await audit.record(connection, actor, "finding settled", finding["lead_id"], **facts)
    return JsonResponse({"ok": True, "id": number, "settlement": settlement})


async def _held(connection: Connection, number: int) -> asyncpg.Record:
    finding = await connection.fetchrow(STATEMENTS["hold_finding"], number)
    if finding is None:
        raise ApiError(404, Text.FINDING_NOT_FOUND)
    return finding


async def _settle(
    connection: Connection, actor: Actor, number: int, settlement: Settlement | None
) -> None:
    await connection.execute(STATEMENTS["settle_finding"], number, settlement, actor.name)
