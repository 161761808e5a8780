"""Notes that people write about a lead."""

from uuid import UUID

from fastapi import APIRouter

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.base import Done
from api.schemas.next_actions import parse_date, parse_time
from api.schemas.notes import NewNote, Notes
from api.services import audit
from api.services.database import STATEMENTS
from api.services.next_actions import refuse_past, set_next_action
from api.texts import Text
from domain.rules import CONTACT, CONTACT_NOTE

router = APIRouter(tags=["crm"])

NOTED_ACTION = "NEXT_ACTION|"
"""How a note begins that is also the next action: date, time and text follow."""


@router.post("/leads/{lead_id}/notes", response_model=Done, summary="Add a note",
             openapi_extra=requires(Text.NOTE_REQUIRED))  # fmt: skip
@router.post("/crm/leads/{lead_id}/notes", response_model=Done, summary="Add a note",
             openapi_extra=requires(Text.NOTE_REQUIRED))  # fmt: skip
async def add_note(
    lead_id: UUID, body: NewNote, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Add a note to a lead; ``NEXT_ACTION|date|time|text`` also sets its next action.

    Without a text it clears it.
    """
    async with services.database.transaction() as connection:
        kind, text, on, at = "NOTE", body.note.strip(), None, None
        if not text:
            raise ApiError(400, Text.NOTE_REQUIRED)
        if text.startswith(NOTED_ACTION):
            kind = "NEXT_ACTION"
            _, written_day, written_hour, text = (*text.split("|", 3), "", "", "")[:4]
            on, at, text = (
                parse_date(written_day.strip()),
                parse_time(written_hour.strip()),
                text.strip(),
            )
            if not text:  # one without a text clears the action
                on = at = None
            refuse_past(on, services.settings.zone)
            if at and not on:
                raise ApiError(400, Text.TIME_WITHOUT_DATE)
            await set_next_action(
                connection, services.settings.timezone, actor, lead_id, (text or None, on, at)
            )
        note_id = await connection.fetchval(STATEMENTS["add_note"], lead_id, kind, text, on, at)
        await audit.record(connection, actor, "note added", lead_id, note=note_id)
    return JsonResponse({"ok": True})


@router.get("/leads/{lead_id}/notes", response_model=Notes, summary="A lead's notes")
@router.get("/crm/leads/{lead_id}/notes", response_model=Notes, summary="A lead's notes")
async def notes(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return a lead's notes and contacts, the newest first; an unknown lead has none."""
    found = await services.database.fetchval("notes", lead_id, CONTACT, CONTACT_NOTE)
    return JsonResponse(f'{{"notes": {found}}}')
