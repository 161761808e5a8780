"""Users over HTTP: who works in the admin, one more, one fewer."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import Admin, UserRole, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.users import ChangedUser, FirstPassword, NewUser, UserChange, UserList
from api.services import audit
from api.services.database import STATEMENTS
from api.services.sign_in import make_user, renew_password
from api.texts import Text
from postgres.connect import Connection

router = APIRouter(tags=["users"])

Number = Annotated[int, Path(ge=1, lt=2**63)]

UNKNOWN = refuses(404, Text.USER_NOT_FOUND)


@router.get("/users", response_model=UserList, summary="Who works in the admin")
async def users(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return everybody who can sign in to the admin, by name."""
    rows = await services.database.fetch("users")
    return JsonResponse({"items": [dict(row) for row in rows]})


@router.post(
    "/admin/users", response_model=FirstPassword, status_code=201, summary="Add a user",
    responses=refuses(409, Text.USER_TAKEN),
    openapi_extra=requires(Text.USER_REQUIRED),
)  # fmt: skip
async def add(services: ServicesDep, actor: Admin, body: NewUser) -> JsonResponse:
    """Add a user, with a password that is told once. The first one is an admin."""
    async with services.database.transaction() as connection:
        await connection.execute(STATEMENTS["lock_users"])
        first = not await connection.fetchval(STATEMENTS["users_exist"])
        if first and body.role != UserRole.ADMIN:
            raise ApiError(409, Text.ADMIN_USER_FIRST)
        number, password = await make_user(
            connection, body.name, body.email, body.role, body.team or None
        )
        await audit.record(connection, actor, "user added", user=number, role=body.role)
    return JsonResponse({"id": number, "password": password}, status_code=201)


@router.patch(
    "/admin/users/{number}", response_model=ChangedUser, summary="Change a user's role or team",
    responses=UNKNOWN | refuses(409, Text.LAST_ADMIN_USER),
    openapi_extra=requires(Text.USER_REQUIRED),
)  # fmt: skip
async def change(
    services: ServicesDep, actor: Admin, number: Number, body: UserChange
) -> JsonResponse:
    """Change what a user may do, within seconds, and in which team; the last admin stays one."""
    async with services.database.transaction() as connection:
        if body.role not in {None, UserRole.ADMIN}:
            await _keep_an_admin(connection, number, alone=False)
        change = (body.role, "team" in body.model_fields_set, body.team or None)
        if await connection.fetchval(STATEMENTS["change_user"], number, *change) is None:
            raise ApiError(404, Text.USER_NOT_FOUND)
        changed = body.model_dump(exclude_unset=True)
        await audit.record(connection, actor, "user changed", user=number, **changed)
    return JsonResponse({"ok": True, "id": number})


@router.post(
    "/admin/users/{number}/password", response_model=FirstPassword,
    summary="Give a user a new password", responses=UNKNOWN,
)  # fmt: skip
async def renew(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Give a user a new password, told once; they are signed out everywhere."""
    async with services.database.transaction() as connection:
        password = await renew_password(connection, number)
        await audit.record(connection, actor, "password renewed", user=number)
    return JsonResponse({"id": number, "password": password})


@router.delete(
    "/admin/users/{number}", response_model=ChangedUser, summary="Remove a user",
    responses=UNKNOWN | refuses(409, Text.LAST_ADMIN_USER),
)  # fmt: skip
async def remove(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Have a user work here no more; within seconds no call of theirs is let in.

    Their leads stay theirs until given to others. The last admin goes last: without users, nobody
    is asked to sign in.
    """
    async with services.database.transaction() as connection:
        await _keep_an_admin(connection, number, alone=True)
        if await connection.fetchval(STATEMENTS["remove_user"], number) is None:
            raise ApiError(404, Text.USER_NOT_FOUND)
        await connection.execute(STATEMENTS["end_sessions"], number, None)
        await audit.record(connection, actor, "user removed", user=number)
    return JsonResponse({"ok": True, "id": number})


async def _keep_an_admin(connection: Connection, number: int, *, alone: bool) -> None:
    """Refuse to go on where this would leave users without an admin; none at all may be left."""
    await connection.execute(STATEMENTS["lock_users"])
    left = await connection.fetchrow(STATEMENTS["admins_beside"], number)
    if left and not left["admins"] and not (alone and not left["others"]):
        raise ApiError(409, Text.LAST_ADMIN_USER)
