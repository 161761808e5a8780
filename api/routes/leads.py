"""Leads: captured once however often they are sent, listed, changed, deleted."""

from typing import Annotated, Any
from uuid import UUID, uuid5

import orjson
from fastapi import APIRouter, Header, Query
from pydantic import Field, StringConstraints

from api.access import Actor, Admin, Ingester, Operator, Viewer
from api.dependencies import Galope, Parts
from api.docs import requires
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import (
    LEAD_ID,
    Answered,
    ChangedLead,
    Lead,
    Line,
    Ok,
    Sent,
    Total,
    Word,
    Writable,
)
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["leads"])

WINDOW_MINUTES = 60
"""Within which a lead that says the same is the same."""

SENT_ONCE = UUID("9f0a3c1e-2f6b-4a57-8a3e-6d2f0b7c5e10")
"""Namespace of the ids that come from an ``Idempotency-Key``."""

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=200, description="Of the client's choice: sending twice stores once."),
]
Status = Annotated[str | None, Query(examples=["AQUECENDO"])]
MinScore = Annotated[float | None, Query(alias="minScore", examples=[40])]
Uf = Annotated[str | None, Query(examples=["MG"])]
Segment = Annotated[str | None, Query(examples=["CAVALOS"])]
Search = Annotated[
    str | None, Query(max_length=200, description="Part of a name, city, telephone or e-mail.")
]
Limit = Annotated[int, Query(ge=0, le=5000)]
Offset = Annotated[int, Query(ge=0, le=2**31)]


class Answers(Sent):
    """What a lead may tell of itself, or not."""

    whatsapp: Line | None = Field(default=None, examples=["34999990000"])
    email: Line | None = Field(default=None, examples=["helena@example.com"])
    uf: Annotated[Line, StringConstraints(max_length=2, to_upper=True)] | None = Field(
        default=None, examples=["MG"]
    )
    cidade: Line | None = Field(default=None, examples=["Uberaba"])
    orcamento_faixa: Line | None = Field(default=None, examples=["20k-60k"])
    prazo_compra: Line | None = Field(default=None, examples=["30d"])


class NewLead(Answers):
    """A lead to capture."""

    nome: Word = Field(examples=["Helena Prado Neves"])
    segmento_interesse: Word = Field(examples=["CAVALOS"])


class LeadChange(Answers):
    """What to change of a lead; what is not sent stays."""

    nome: Word | None = None
    segmento_interesse: Word | None = None


class CapturedLead(Lead):
    """A lead as captured, or the one that was captured before."""

    deduplicated: bool = Field(examples=[True])
    dedupe_window_minutes: int | None = Field(default=None, examples=[60])


class Ids(Sent):
    """Leads to delete."""

    ids: Annotated[list[Any], Field(min_length=1, max_length=5000, examples=[[LEAD_ID]]), Writable]


class Deleted(Answered):
    """What was deleted."""

    ok: Ok
    deleted: int = Field(examples=[1])
    deleted_ids: list[UUID] = Field(examples=[[LEAD_ID]])
    message: str = Field(examples=[Text.LEAD_DELETED])


class BulkDeleted(Deleted):
    """What was deleted of what was asked for."""

    message: str = Field(examples=[Text.LEADS_DELETED.format(count=1)])
    requested: int = Field(examples=[3])
    not_found_ids: list[UUID] = Field(examples=[["0d6a6a3a-6c0c-4f0e-9a55-0a5d2a8a7f11"]])
    invalid_ids: list[Any] = Field(examples=[["7"]])


def containing(text: str | None) -> str | None:
    r"""Return the pattern of what holds a text, or None without one.

    Examples
    --------
    >>> containing("100%")
    '%100\\%%'
    """
    if not text:
        return None
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


def id_for(who: Actor, key: str | None, *parts: object) -> UUID | None:
    """Return the id of what is sent under an idempotency key, or None without one.

    The same caller's same key always names the same row, so no table of keys is needed.
    """
    return uuid5(SENT_ONCE, "/".join(map(str, (who.name, *parts, key)))) if key else None


@router.post("/leads", status_code=201, response_model=CapturedLead, summary="Capture a lead",
             responses={200: {"model": CapturedLead, "description": "The lead there was."}},
             openapi_extra=requires(Text.LEAD_REQUIRED))  # fmt: skip
async def capture(
    body: NewLead, galope: Galope, who: Ingester, idempotency_key: IdempotencyKey = None
) -> Json:
    """Store a lead, or return the one of the last hour that says the same."""
    lead_id = id_for(who, idempotency_key, "lead")
    said = (
        body.nome, body.uf or None, body.segmento_interesse, body.email, body.whatsapp,
        body.cidade, body.orcamento_faixa, body.prazo_compra,
    )  # fmt: skip
    async with galope.database.transaction() as connection:
        await connection.execute(STATEMENTS["lock_name"], body.nome)
        same = lead_id and await connection.fetchval(STATEMENTS["lead"], lead_id)
        same = same or await connection.fetchval(STATEMENTS["same_lead"], *said)
        added = None if same else await connection.fetchval(STATEMENTS["add_lead"], *said, lead_id)
    if added:
        return Json({**orjson.loads(added), "deduplicated": False}, 201)
    lead = orjson.loads(same)
    return Json({**lead, "deduplicated": True, "dedupe_window_minutes": WINDOW_MINUTES}, 200)


@router.get("/leads", response_model=list[Lead], summary="List leads, the newest first")
async def listed(
    galope: Galope, _: Viewer, status: Status = None, min_score: MinScore = None, uf: Uf = None,
    segment: Segment = None, q: Search = None, limit: Limit = 100, offset: Offset = 0,
) -> Json:  # fmt: skip
    """Return a page of leads. Duplicates are hidden."""
    filters = (status, min_score, uf, segment, containing(q))
    return Json(await galope.database.fetchval("leads_page", *filters, limit, offset))


@router.get("/leads/count", response_model=Total, summary="Count leads")
async def counted(
    galope: Galope, _: Viewer, status: Status = None, min_score: MinScore = None, uf: Uf = None,
    segment: Segment = None, q: Search = None,
) -> Json:  # fmt: skip
    """Return how many leads the same filters find."""
    filters = (status, min_score, uf, segment, containing(q))
    return Json({"total": await galope.database.fetchval("leads_count", *filters)})


@router.post("/leads/bulk-delete", response_model=BulkDeleted, summary="Delete leads",
             openapi_extra=requires(Text.IDS_REQUIRED))  # fmt: skip
async def delete_many(body: Ids, galope: Galope, who: Admin) -> Json:
    """Delete leads and everything that is held of them."""
    known, invalid = _sorted_out(body.ids)
    deleted = await _erase(galope, who, known)
    gone = set(deleted)
    return Json(
        {
            **_deletion(deleted),
            "requested": len(body.ids),
            "not_found_ids": [one for one in known if one not in gone],
            "invalid_ids": invalid,
        }
    )


def _sorted_out(ids: list[Any]) -> tuple[list[UUID], list[Any]]:
    known: dict[UUID, None] = {}
    invalid = []
    for one in ids:
        try:
            known[UUID(one)] = None
        except (ValueError, TypeError, AttributeError):
            invalid.append(one)
    return list(known), invalid


def _deletion(deleted: list[UUID]) -> dict[str, Any]:
    return {
        "ok": True,
        "deleted": len(deleted),
        "deleted_ids": deleted,
        "message": Text.LEADS_DELETED.format(count=len(deleted)),
    }


async def _erase(galope: Parts, who: Actor, ids: list[UUID]) -> list[UUID]:
    """Delete leads with all that Galope holds of them, and note that it was done."""
    async with galope.database.transaction() as connection:
        # Held first, so that the stream passes them over and neither waits for the other in turn.
        await connection.fetch(STATEMENTS["hold_leads"], ids)
        await connection.execute(STATEMENTS["erase"], ids)
        deleted = [row["id"] for row in await connection.fetch(STATEMENTS["delete_leads"], ids)]
        for lead_id in deleted:
            await audit.record(connection, who, "lead erased", lead_id)
    return deleted


@router.get("/leads/{lead_id}", response_model=Lead, summary="One lead")
async def one(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Return a lead."""
    found = await galope.database.fetchval("lead", lead_id)
    if found is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return Json(found)


@router.delete("/leads/{lead_id}", response_model=Deleted, summary="Erase a lead")
async def delete(lead_id: UUID, galope: Galope, who: Admin) -> Json:
    """Delete a lead and everything that is held of it; who did so stays in the audit log."""
    deleted = await _erase(galope, who, [lead_id])
    if not deleted:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return Json(_deletion(deleted) | {"message": Text.LEAD_DELETED})


@router.patch("/leads/{lead_id}", response_model=ChangedLead, summary="Change a lead")
@router.put("/leads/{lead_id}", response_model=ChangedLead, summary="Change a lead")
@router.post("/leads/{lead_id}/update", response_model=ChangedLead, summary="Change a lead")
async def change(lead_id: UUID, body: LeadChange, galope: Galope, who: Operator) -> Json:
    """Change what is sent of a lead; the rest stays."""
    sent = body.model_dump(exclude_unset=True)
    if any(sent.get(name, "") is None for name in ("nome", "segmento_interesse")) or not sent:
        raise ApiError(400, Text.NOTHING_TO_UPDATE)
    async with galope.database.transaction() as connection:
        changes = orjson.dumps(sent).decode()
        lead = await connection.fetchval(STATEMENTS["change_lead"], lead_id, changes)
        if lead is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        await audit.record(connection, who, "lead changed", lead_id, fields=sorted(sent))
    return Json(f'{{"ok": true, "lead": {lead}}}')
