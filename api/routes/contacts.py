"""When the team and its leads were in touch."""

from uuid import UUID

import orjson
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
from domain.rules import CONTACT, CONTACT_NOTE, IN_TOUCH

router = APIRouter(tags=["crm"])


@router.get("/crm/contacts", response_model=LastContacts, summary="Last contact with each lead")
async def last_contacts(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return, by lead, when it was last contacted or in conversation; the others are left out."""
    found = await services.database.fetchval("last_contacts", sorted(IN_TOUCH), CONTACT_NOTE)
    return JsonResponse(found)


@router.post("/crm/leads/{lead_id}/contacts", response_model=Done, summary="Record a contact")
async def add_contact(
    lead_id: UUID, body: NewContact, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Record, as ``crm_contact``, that a lead was called or written to.

    Alerts that wait for it are answered, and what is next is due a day later, or when the team
    says. `DELETE /leads/{lead_id}/events/{event_id}` takes it back.
    """
    async with services.database.transaction() as connection:
        if not await connection.fetchval(STATEMENTS["lead_exists"], lead_id):
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        metadata = orjson.dumps({"channel": body.channel, "source": "api"}).decode()
        event_id = await connection.fetchval(STATEMENTS["add_event"], lead_id, CONTACT, metadata)
        await connection.execute(STATEMENTS["answer_alerts"], lead_id)
        facts = {"channel": body.channel, "event": event_id}
        await audit.record(connection, actor, "lead contacted", lead_id, **facts)
    return JsonResponse({"ok": True})
