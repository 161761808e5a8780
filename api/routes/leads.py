"""Leads: captured once however often they are sent, listed, changed, deleted."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Response

from api.access import Actor, Admin, Ingester, Operator, Viewer
from api.dependencies import UNKNOWN_GROUP, GroupQuery, Services, ServicesDep
from api.docs import requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.base import Total
from api.schemas.deduplication import WINDOW_MINUTES
from api.schemas.leads import (
    BulkDeletedLeads,
    CapturedLead,
    ChangedLead,
    DeletedLeads,
    Lead,
    LeadChange,
    LeadIds,
    NewLead,
)
from api.schemas.parameters import (
    ALL,
    IdempotencyKey,
    LeadSearchQuery,
    LeadSortQuery,
    LimitQuery,
    MinScoreQuery,
    OffsetQuery,
    OwnerQuery,
    SegmentQuery,
    StatusQuery,
    TeamQuery,
    UfQuery,
)
from api.services import audit
from api.services.database import STATEMENTS, Database
from api.services.idempotency import idempotent_id
from api.services.listing import Paging, listing, page_ids
from api.texts import Text

router = APIRouter(tags=["leads"])


@router.post("/leads", status_code=201, response_model=CapturedLead, summary="Capture a lead",
             responses={200: {"model": CapturedLead, "description": "The lead there was."}},
             openapi_extra=requires(Text.LEAD_REQUIRED))  # fmt: skip
async def capture(
    body: NewLead, services: ServicesDep, actor: Ingester, idempotency_key: IdempotencyKey = None
) -> JsonResponse:
    """Store a lead, or return the one of the last hour that says the same."""
    lead_id = idempotent_id(actor, idempotency_key, "lead")
    values = (
        body.nome, body.uf or None, body.segmento_interesse, body.email, body.whatsapp,
        body.cidade, body.orcamento_faixa, body.prazo_compra,
    )  # fmt: skip
    async with services.database.transaction() as connection:
        await connection.execute(STATEMENTS["lock_name"], body.nome)
        same = lead_id and await connection.fetchval(STATEMENTS["lead"], lead_id)
        same = same or await connection.fetchval(STATEMENTS["same_lead"], *values)
        added = (
            None if same else await connection.fetchval(STATEMENTS["add_lead"], *values, lead_id)
        )
    if added:
        return JsonResponse({**orjson.loads(added), "deduplicated": False}, 201)
    lead = orjson.loads(same)
    return JsonResponse(
        {**lead, "deduplicated": True, "dedupe_window_minutes": WINDOW_MINUTES}, 200
    )


@router.get("/leads", response_model=list[Lead], responses=UNKNOWN_GROUP,
            summary="List leads, the newest first")  # fmt: skip
async def listed(
    services: ServicesDep,
    _: Viewer,
    status: StatusQuery = None,
    min_score: MinScoreQuery = None,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: LeadSearchQuery = None,
    owner: OwnerQuery = None,
    team: TeamQuery = None,
    group: GroupQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    sort: LeadSortQuery = None,
) -> Response:
    """Return leads, or with a limit a page of them. Duplicates are hidden."""
    database = services.database
    names = await _names(database, owner, team)
    filters = (status, min_score, uf, segment, q, names, group)
    ids = await page_ids(database, "leads", filters, Paging(limit or ALL, offset, sort))
    return await listing(database, ids, "leads_rows")


@router.get("/leads/count", response_model=Total, responses=UNKNOWN_GROUP, summary="Count leads")
async def counted(
    services: ServicesDep,
    _: Viewer,
    status: StatusQuery = None,
    min_score: MinScoreQuery = None,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: LeadSearchQuery = None,
    owner: OwnerQuery = None,
    team: TeamQuery = None,
    group: GroupQuery = None,
) -> JsonResponse:
    """Return how many leads the same filters find."""
    names = await _names(services.database, owner, team)
    filters = (status, min_score, uf, segment, q, names, group)
    return JsonResponse({"total": await services.database.fetchval("leads_count", *filters)})


async def _names(database: Database, owner: str | None, team: str | None) -> list[str] | None:
    """Return by which names, in small letters, leads are with somebody, who is of a team if given.

    None is for everybody's leads.
    """
    members: list[str] | None = None
    if team is not None:
        members = await database.fetchval("team_names", team)
    if owner is None:
        return members
    user = await database.fetchrow("user_named", owner)
    names = [name.lower() for name in ((owner, user["name"], user["email"]) if user else (owner,))]
    return names if members is None else [name for name in names if name in members]


@router.post("/leads/bulk-delete", response_model=BulkDeletedLeads, summary="Delete leads",
             openapi_extra=requires(Text.IDS_REQUIRED))  # fmt: skip
async def delete_many(body: LeadIds, services: ServicesDep, actor: Admin) -> JsonResponse:
    """Delete leads and everything that is held of them."""
    known, invalid = _sorted_out(body.ids)
    deleted = await _erase(services, actor, known)
    gone = set(deleted)
    return JsonResponse(
        {
            **_deletion(deleted),
            "requested": len(body.ids),
            "not_found_ids": [lead_id for lead_id in known if lead_id not in gone],
            "invalid_ids": invalid,
        }
    )


def _sorted_out(ids: list[Any]) -> tuple[list[UUID], list[Any]]:
    known: dict[UUID, None] = {}
    invalid = []
    for value in ids:
        try:
            known[UUID(value)] = None
        except (ValueError, TypeError, AttributeError):
            invalid.append(value)
    return list(known), invalid


def _deletion(deleted: list[UUID]) -> dict[str, Any]:
    return {
        "ok": True,
        "deleted": len(deleted),
        "deleted_ids": deleted,
        "message": Text.LEADS_DELETED.format(count=len(deleted)),
    }


async def _erase(services: Services, actor: Actor, ids: list[UUID]) -> list[UUID]:
    """Delete leads with all that Galope holds of them, and note that it was done."""
    async with services.database.transaction() as connection:
        # Held first, so that the stream passes them over and neither waits for the other in turn.
        await connection.fetch(STATEMENTS["hold_leads"], ids)
        await connection.execute(STATEMENTS["erase"], ids)
        deleted = [row["id"] for row in await connection.fetch(STATEMENTS["delete_leads"], ids)]
        for lead_id in deleted:
            await audit.record(connection, actor, "lead erased", lead_id)
    return deleted


@router.get("/leads/{lead_id}", response_model=Lead, summary="One lead")
async def read(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return a lead."""
    lead = await services.database.fetchval("lead", lead_id)
    if lead is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return JsonResponse(lead)


@router.delete("/leads/{lead_id}", response_model=DeletedLeads, summary="Erase a lead")
async def delete(lead_id: UUID, services: ServicesDep, actor: Admin) -> JsonResponse:
    """Delete a lead and everything that is held of it; who did so stays in the audit log."""
    deleted = await _erase(services, actor, [lead_id])
    if not deleted:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return JsonResponse(_deletion(deleted) | {"message": Text.LEAD_DELETED})


@router.patch("/leads/{lead_id}", response_model=ChangedLead, summary="Change a lead")
@router.put("/leads/{lead_id}", response_model=ChangedLead, summary="Change a lead")
@router.post("/leads/{lead_id}/update", response_model=ChangedLead, summary="Change a lead")
async def change(
    lead_id: UUID, body: LeadChange, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Change what is sent of a lead; the rest stays."""
    sent = body.model_dump(exclude_unset=True)
    if any(sent.get(name, "") is None for name in ("nome", "segmento_interesse")) or not sent:
        raise ApiError(400, Text.NOTHING_TO_UPDATE)
    async with services.database.transaction() as connection:
        changes = orjson.dumps(sent).decode()
        lead = await connection.fetchval(STATEMENTS["change_lead"], lead_id, changes)
        if lead is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        await audit.record(connection, actor, "lead changed", lead_id, fields=sorted(sent))
    return JsonResponse(f'{{"ok": true, "lead": {lead}}}')
