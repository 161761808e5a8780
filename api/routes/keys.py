"""Keys over HTTP: who has one, one more, one fewer."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import Admin, Role
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.keys import KeyList, MadeKey, NewKey, Revoked
from api.services import audit
from api.services.authentication import make_key
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["keys"])

NOBODY = 0
"""A number that no key has."""


@router.get("/admin/keys", response_model=KeyList, summary="Who has a key")
async def keys(services: ServicesDep, _: Admin) -> JsonResponse:
    """Return every key with its role, but not what it is: that is not stored."""
    rows = await services.database.fetch("keys")
    return JsonResponse(
        {
            "items": [dict(row) for row in rows],
            "asked_for": services.authentication.asked_for,
        }
    )


@router.post(
    "/admin/keys", response_model=MadeKey, status_code=201, summary="Make a key",
    responses=refuses(409, Text.ADMIN_KEY_FIRST),
    openapi_extra=requires(Text.KEY_REQUIRED),
)  # fmt: skip
async def add(services: ServicesDep, actor: Admin, body: NewKey) -> JsonResponse:
    """Make a key. An admin's first one is made at the terminal, where the database is."""
    async with services.database.transaction() as connection:
        if not await connection.fetchval(STATEMENTS["admin_works"], NOBODY):
            raise ApiError(409, Text.ADMIN_KEY_FIRST)
        number, key = await make_key(connection, body.name, body.role, body.days)
        await audit.record(connection, actor, "key made", key=number, role=body.role)
    return JsonResponse({"id": number, "key": key}, status_code=201)


@router.delete(
    "/admin/keys/{number}", response_model=Revoked, summary="Revoke a key",
    responses=refuses(404, Text.KEY_NOT_FOUND) | refuses(409, Text.LAST_ADMIN_KEY),
)  # fmt: skip
async def revoke(
    services: ServicesDep, actor: Admin, number: Annotated[int, Path(ge=1, lt=2**63)]
) -> JsonResponse:
    """Make a key worthless; within seconds no call is let in by it. The last admin's stays."""
    async with services.database.transaction() as connection:
        role = await connection.fetchval(STATEMENTS["key"], number)
        if role is None:
            raise ApiError(404, Text.KEY_NOT_FOUND)
        if role == Role.ADMIN and not await connection.fetchval(STATEMENTS["admin_works"], number):
            raise ApiError(409, Text.LAST_ADMIN_KEY)
        await connection.execute(STATEMENTS["revoke_key"], number)
        await audit.record(connection, actor, "key revoked", key=number)
    return JsonResponse({"ok": True, "id": number})
