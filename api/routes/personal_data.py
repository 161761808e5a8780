"""What is held of a person, for whoever asks by law (LGPD, articles 18 and 20)."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.access import Admin
from api.dependencies import Galope
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import LEAD_ID, Answered, Lead, LeadId
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["privacy"])


class PersonalData(Answered):
    """All that is held of a lead, by table."""

    lead_id: LeadId
    lead: Lead
    tables: dict[str, list[dict[str, Any]]] = Field(
        examples=[{"public.events": [{"lead_id": LEAD_ID, "event_type": "cta_click"}]}]
    )


@router.get("/leads/{lead_id}/personal-data", response_model=PersonalData,
            summary="All that is held of a lead")  # fmt: skip
async def personal_data(lead_id: UUID, galope: Galope, who: Admin) -> Json:
    """Return a lead's row and every row of any table that belongs to it; asking is noted."""
    async with galope.database.transaction() as connection:
        lead = await connection.fetchval(STATEMENTS["lead"], lead_id)
        if lead is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        held = await connection.fetchval(STATEMENTS["held"], lead_id)
        await audit.record(connection, who, "personal data read", lead_id)
    return Json(f'{{"lead_id": "{lead_id}", "lead": {lead}, "tables": {held}}}')
