"""Events, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import (
    LeadId,
    NonEmptyLine,
    Ok,
    RequestBody,
    ResponseBody,
    StorableJson,
    Timestamp,
)

KIND = StringConstraints(max_length=100)

EventId = Annotated[UUID, Field(examples=["f0a1c1de-3d5c-4e02-8f53-6c1a2a1f9b77"])]


class NewEvent(RequestBody):
    """Something that happened to a lead. With an ``event_id``, sending it twice stores it once."""

    lead_id: LeadId
    event_type: Annotated[NonEmptyLine, KIND] = Field(examples=["cta_click"])
    metadata: Annotated[Any, StorableJson] = Field(default=None, examples=[{"page": "/haras"}])
    event_id: UUID | None = None
    ts: datetime | None = Field(default=None, description="When it happened; by default, now.")


class Event(ResponseBody):
    """An event as it is stored."""

    id: EventId
    lead_id: LeadId
    event_type: str = Field(examples=["cta_click"])
    ts: Timestamp
    metadata: Any = Field(default=None, examples=[{"page": "/haras"}])


class EventBatch(RequestBody):
    """Events to store together: all of them, or none."""

    events: Annotated[list[NewEvent], Field(min_length=1, max_length=1000)]


class StoredEvents(ResponseBody):
    """Events as they are stored, in the order they were sent."""

    ok: Ok
    events: list[Event]
