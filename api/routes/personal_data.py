"""What is held of a person, for whoever asks by law (LGPD, articles 18 and 20)."""

from uuid import UUID

from fastapi import APIRouter

from api.access import Admin
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.personal_data import PersonalData
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["privacy"])


@router.get("/leads/{lead_id}/personal-data", response_model=PersonalData,
            summary="All that is held of a lead")  # fmt: skip
async def personal_data(lead_id: UUID, services: ServicesDep, actor: Admin) -> JsonResponse:
    """Return a lead's row and every row of any table that belongs to it; asking is noted."""
    async with services.database.transaction() as connection:
        lead = await connection.fetchval(STATEMENTS["lead"], lead_id)
        if lead is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        held = await connection.fetchval(STATEMENTS["held"], lead_id)
        await audit.record(connection, actor, "personal data read", lead_id)
    return JsonResponse(f'{{"lead_id": "{lead_id}", "lead": {lead}, "tables": {held}}}')
