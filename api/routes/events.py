"""Events: stored once, answered when they are committed; taken back where they were a mistake."""

from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter

from api.access import Actor, Ingester, Operator
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.board import Moved
from api.schemas.events import Event, EventBatch, NewEvent, StoredEvents
from api.schemas.parameters import IdempotencyKey
from api.services import audit
from api.services.database import STATEMENTS
from api.services.event_store import EventRow, store_events
from api.services.idempotency import idempotent_id
from api.services.transitions import rescored
from api.texts import Text

router = APIRouter(tags=["events"])


@router.post("/events", status_code=201, response_model=Event, summary="Record an event",
             responses=refuses(404, Text.LEAD_NOT_FOUND) | refuses(409, Text.CONFLICT),
             openapi_extra=requires(Text.EVENT_REQUIRED))  # fmt: skip
async def record(
    body: NewEvent, services: ServicesDep, actor: Ingester, idempotency_key: IdempotencyKey = None
) -> JsonResponse:
    """Store an event; its lead is scored anew milliseconds later."""
    event_id = body.event_id or idempotent_id(actor, idempotency_key, "event") or uuid4()
    event = _event(body, event_id, services.settings.zone)
    stored = await services.events.add(event)
    if actor.user is not None:
        async with services.database.transaction() as connection:
            await audit.record(
                connection, actor, "event recorded", body.lead_id, event=str(event_id)
            )
    return JsonResponse(stored, 201)


@router.post("/events/batch", status_code=201, response_model=StoredEvents,
             summary="Record many events", openapi_extra=requires(Text.BATCH_REFUSED))  # fmt: skip
async def record_batch(
    body: EventBatch, services: ServicesDep, actor: Ingester, idempotency_key: IdempotencyKey = None
) -> JsonResponse:
    """Store up to a thousand events, or none; ``fields`` names the items that can't be stored."""
    events = _events(body, actor, idempotency_key, services.settings.zone)
    async with services.database.transaction() as connection:
        answers = await store_events(connection, events)
        problems = [
            {"field": f"events.{index}", "problem": answer.content["error"]}
            for index, answer in enumerate(answers)
            if isinstance(answer, ApiError)
        ]
        if problems:
            raise ApiError(400, Text.BATCH_REFUSED, fields=problems)
    return JsonResponse(f'{{"ok": true, "events": [{",".join(map(str, answers))}]}}', 201)


@router.delete("/leads/{lead_id}/events/{event_id}", response_model=Moved,
               summary="Take an event back",
               responses=refuses(404, Text.EVENT_NOT_FOUND))  # fmt: skip
async def take_back(
    lead_id: UUID, event_id: UUID, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Delete an event recorded by mistake and return the lead as it is scored without it.

    What it said of the outcome goes with it. A card that people moved stays where they put it.
    """
    async with services.database.transaction() as connection:
        before = await connection.fetchrow(STATEMENTS["place_of"], lead_id)
        if before is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        kind = await connection.fetchval(STATEMENTS["delete_event"], lead_id, event_id)
        if kind is None:
            raise ApiError(404, Text.EVENT_NOT_FOUND)
        await audit.record(connection, actor, "event taken back", lead_id, event_type=kind)
    return JsonResponse(await rescored(services.scores, services.database, lead_id, before))


def _events(body: EventBatch, actor: Actor, key: str | None, zone: ZoneInfo) -> list[EventRow]:
    return [
        _event(event, event.event_id or idempotent_id(actor, key, "events", index) or uuid4(), zone)
        for index, event in enumerate(body.events)
    ]


def _event(body: NewEvent, event_id: UUID, zone: ZoneInfo) -> EventRow:
    """Return an event as it is stored; a time without a zone is the team's."""
    ts = body.ts.replace(tzinfo=zone) if body.ts and body.ts.tzinfo is None else body.ts
    metadata = None if body.metadata is None else orjson.dumps(body.metadata).decode()
    return EventRow(event_id, body.lead_id, body.event_type, ts, metadata)
