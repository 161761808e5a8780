"""Events: stored once, answered when they are committed."""

from uuid import uuid4

import orjson
from fastapi import APIRouter

import api.ingest
from api.access import Ingester
from api.answers import Json
from api.docs import requires
from api.leads import IdempotencyKey, id_for
from api.models import Event, NewEvent
from api.parts import Galope
from api.texts import Text

router = APIRouter(tags=["events"])


@router.post("/events", status_code=201, response_model=Event, summary="Record an event",
             openapi_extra=requires(Text.EVENT_REQUIRED))  # fmt: skip
async def record(
    body: NewEvent, galope: Galope, who: Ingester, idempotency_key: IdempotencyKey = None
) -> Json:
    """Store an event; its lead is scored anew milliseconds later."""
    event_id = body.event_id or id_for(who, idempotency_key, "event") or uuid4()
    return Json(await galope.ingest.add(_new(body, event_id)), 201)


def _new(body: NewEvent, event_id: object) -> api.ingest.NewEvent:
    return api.ingest.NewEvent(
        event_id,  # type: ignore[arg-type]
        body.lead_id,
        body.event_type,
        body.ts,
        None if body.metadata is None else orjson.dumps(body.metadata).decode(),
    )
