"""Whose leads are whose: in the team's own column, or else in Galope's table."""

from uuid import UUID

from fastapi import APIRouter

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.users import Assigned, Assignment, Owners
from api.services import audit
from api.services.database import STATEMENTS
from api.services.owners import refuse_others
from api.texts import Text

router = APIRouter(tags=["users"])


@router.get("/crm/owners", response_model=Owners, summary="Whom leads are with")
async def owners(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return, by lead, whom it is with; where the team has a column for it, leads have it."""
    return JsonResponse(await services.database.fetchval("owners"))


@router.put(
    "/crm/owners", response_model=Assigned, summary="Give leads to somebody",
    responses=refuses(403, Text.NOT_YOURS) | refuses(404, Text.LEAD_NOT_FOUND),
    openapi_extra=requires(Text.OWNER_REQUIRED),
)  # fmt: skip
async def assign(body: Assignment, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Give leads to a user, or to nobody; leads that are gone are passed over.

    A seller takes what is nobody's and gives up what is theirs; others give anything to anybody.
    """
    async with services.database.transaction() as connection:
        rows = await connection.fetch(STATEMENTS["owners_of"], body.lead_ids)
        before: dict[str, str | None] = {str(row["id"]): row["owner"] for row in rows}
        if not before:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        user = body.owner and await connection.fetchrow(STATEMENTS["user_named"], body.owner)
        column = await connection.fetchval(STATEMENTS["owner_column"])
        if body.owner and not user and column is None:
            raise ApiError(404, Text.USER_NOT_FOUND)
        owner = user["name"] if user else body.owner
        await refuse_others(connection, actor, before, owner)
        number = user["id"] if user else None
        changed = [lead_id for lead_id, was in before.items() if was != owner]
        await connection.execute(STATEMENTS["assign"], changed, owner, number)
        for lead_id in changed:
            await audit.record(connection, actor, "lead assigned", UUID(lead_id), owner=number)
    return JsonResponse({"ok": True, "owner": owner, "column": column, "before": before})
