"""Events: stored once, answered when they are committed; taken back where they were a mistake."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter
from pydantic import Field, StringConstraints

from api.access import Actor, Ingester, Operator
from api.dependencies import Galope, Parts
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import Json
from api.routes.board import transition
from api.routes.leads import IdempotencyKey, id_for
from api.schemas.base import Answered, Facts, LeadId, Moment, Moved, Ok, Sent, Word
from api.services import audit
from api.services import event_store as ingest
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["events"])


KIND = StringConstraints(max_length=100)

EventId = Annotated[UUID, Field(examples=["f0a1c1de-3d5c-4e02-8f53-6c1a2a1f9b77"])]


class NewEvent(Sent):
    """Something that happened to a lead. With an ``event_id``, sending it twice stores it once."""

    lead_id: LeadId
    event_type: Annotated[Word, KIND] = Field(examples=["cta_click"])
    metadata: Facts | None = Field(default=None, examples=[{"page": "/haras"}])
    event_id: UUID | None = None
    ts: datetime | None = Field(default=None, description="When it happened; by default, now.")


class Event(Answered):
    """An event as it is stored."""

    id: EventId
    lead_id: LeadId
    event_type: str = Field(examples=["cta_click"])
    ts: Moment
    metadata: dict[str, Any] | None = Field(default=None, examples=[{"page": "/haras"}])


class EventBatch(Sent):
    """Events to store together: all of them, or none."""

    events: Annotated[list[NewEvent], Field(min_length=1, max_length=1000)]


class StoredEvents(Answered):
    """Events as they are stored, in the order they were sent."""

    ok: Ok
    events: list[Event]


@router.post("/events", status_code=201, response_model=Event, summary="Record an event",
             responses=refuses(404, Text.LEAD_NOT_FOUND) | refuses(409, Text.CONFLICT),
             openapi_extra=requires(Text.EVENT_REQUIRED))  # fmt: skip
async def record(
    body: NewEvent, galope: Galope, who: Ingester, idempotency_key: IdempotencyKey = None
) -> Json:
    """Store an event; its lead is scored anew milliseconds later."""
    event_id = body.event_id or id_for(who, idempotency_key, "event") or uuid4()
    return Json(await galope.ingest.add(_event(body, event_id)), 201)


@router.post("/events/batch", status_code=201, response_model=StoredEvents,
             summary="Record many events", openapi_extra=requires(Text.BATCH_REFUSED))  # fmt: skip
async def record_batch(
    body: EventBatch, galope: Galope, who: Ingester, idempotency_key: IdempotencyKey = None
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


@router.delete("/leads/{lead_id}/events/{event_id}", response_model=Moved,
               summary="Take an event back",
               responses=refuses(404, Text.EVENT_NOT_FOUND))  # fmt: skip
async def take_back(lead_id: UUID, event_id: UUID, galope: Galope, who: Operator) -> Json:
    """Delete an event recorded by mistake and return the lead as it is scored without it.

    What it said of the outcome goes with it. A card that people moved stays where they put it.
    """
    async with galope.database.transaction() as connection:
        before = await connection.fetchrow(STATEMENTS["place_of"], lead_id)
        if before is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        kind = await connection.fetchval(STATEMENTS["delete_event"], lead_id, event_id)
        if kind is None:
            raise ApiError(404, Text.EVENT_NOT_FOUND)
        await audit.record(connection, who, "event taken back", lead_id, event_type=kind)
    return Json(await moved(galope, lead_id, before))


async def moved(galope: Parts, lead_id: UUID, before: Any) -> dict[str, Any]:
    """Return a lead as it is scored now, and what became of the place and score it had before."""
    live = await galope.scores.live(lead_id)
    after = await galope.database.fetchrow("place_of", lead_id)
    stage = after["stage"] if after else before["stage"]
    change = transition(before, stage, live.status, live.score)
    return {"ok": True, "lead": live.lead, "transition": change}


def _events(body: EventBatch, who: Actor, key: str | None) -> list[ingest.NewEvent]:
    return [
        _event(one, one.event_id or id_for(who, key, "events", index) or uuid4())
        for index, one in enumerate(body.events)
    ]


def _event(body: NewEvent, event_id: UUID) -> ingest.NewEvent:
    metadata = None if body.metadata is None else orjson.dumps(body.metadata).decode()
    return ingest.NewEvent(event_id, body.lead_id, body.event_type, body.ts, metadata)
