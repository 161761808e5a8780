"""Events: stored once, answered when they are committed."""

from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter

from api import ingest, models
from api.access import Actor, Ingester
from api.answers import Json
from api.docs import requires
from api.errors import ApiError
from api.leads import IdempotencyKey, id_for
from api.parts import Galope
from api.texts import Text

router = APIRouter(tags=["events"])


@router.post("/events", status_code=201, response_model=models.Event, summary="Record an event",
             openapi_extra=requires(Text.EVENT_REQUIRED))  # fmt: skip
async def record(
    body: models.NewEvent, galope: Galope, who: Ingester, idempotency_key: IdempotencyKey = None
) -> Json:
    """Store an event; its lead is scored anew milliseconds later."""
    event_id = body.event_id or id_for(who, idempotency_key, "event") or uuid4()
    return Json(await galope.ingest.add(_event(body, event_id)), 201)


@router.post("/events/batch", status_code=201, response_model=models.StoredEvents,
             summary="Record many events", openapi_extra=requires(Text.BATCH_REFUSED))  # fmt: skip
async def record_batch(
    body: models.EventBatch, galope: Galope, who: Ingester, idempotency_key: IdempotencyKey = None
) -> Json:
    """Store up to a thousand events, or none; ``fields`` names the items that can't be stored."""
    events = _events(body, who, idempotency_key)
    async with galope.database.transaction() as connection:
        answers = await ingest.store(connection, events)
        problems = [
            {"field": f"events.{index}", "problem": answer.content["error"]}
            for index, answer in enumerate(answers)
            if isinstance(answer, ApiError)
        ]
        if problems:
            raise ApiError(400, Text.BATCH_REFUSED, fields=problems)
    return Json(f'{{"ok": true, "events": [{",".join(map(str, answers))}]}}', 201)


def _events(body: models.EventBatch, who: Actor, key: str | None) -> list[ingest.NewEvent]:
    return [
        _event(one, one.event_id or id_for(who, key, "events", index) or uuid4())
        for index, one in enumerate(body.events)
    ]


def _event(body: models.NewEvent, event_id: UUID) -> ingest.NewEvent:
    metadata = None if body.metadata is None else orjson.dumps(body.metadata).decode()
    return ingest.NewEvent(event_id, body.lead_id, body.event_type, body.ts, metadata)
