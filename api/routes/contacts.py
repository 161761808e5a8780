"""When the team and its leads were in touch."""

from uuid import UUID

from fastapi import APIRouter

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.base import Done
from api.schemas.contacts import LastContacts, NewContact
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from domain.recommendations import CONTACT
from domain.rules import CONVERSATION

router = APIRouter(tags=["crm"])


@router.get("/crm/contacts", response_model=LastContacts, summary="Last contact with each lead")
async def last_contacts(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return, by lead, when it was last contacted or in conversation; the others are left out."""
    found = await services.database.fetchval("last_contacts", CONTACT, sorted(CONVERSATION))
    return JsonResponse(found)


@router.post("/crm/leads/{lead_id}/contacts", response_model=Done, summary="Record a contact")
async def add_contact(
    lead_id: UUID, body: NewContact, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Note, as ``CONTACT``, that a lead was called or written to: alerts that wait are answered."""
    async with services.database.transaction() as connection:
        if not await connection.fetchval(STATEMENTS["lead_exists"], lead_id):
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        note_id = await connection.fetchval(
            STATEMENTS["add_note"], lead_id, CONTACT, body.channel, None, None
        )
        await connection.execute(STATEMENTS["answer_alerts"], lead_id)
        facts = {"channel": body.channel, "note": note_id}
        await audit.record(connection, actor, "lead contacted", lead_id, **facts)
    return JsonResponse({"ok": True})
