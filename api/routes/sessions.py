"""Sessions of the admin's users: begun, read, ended."""

import asyncio

from fastapi import APIRouter, Request

from api.access import Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.base import Done
from api.schemas.users import MadeSession, NewSession, PasswordChange, Session
from api.services import audit, passwords
from api.services.authentication import hashed, sent_key
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["users"])

SHOWN = ("id", "name", "email", "role")


@router.get("/session", response_model=Session, summary="Who calls")
async def read(services: ServicesDep, actor: Viewer) -> JsonResponse:
    """Return who calls, and whether people are to sign in to the admin."""
    database, user = services.database, None
    if actor.user is not None:
        row = await database.fetchrow("user", actor.user.id)
        user = row and {name: row[name] for name in SHOWN}
    exist = await database.fetchval("users_exist")
    return JsonResponse({"role": actor.role, "user": user, "sign_in": exist})


@router.post(
    "/session", response_model=MadeSession, status_code=201, summary="Sign in",
    responses=refuses(403, Text.WRONG_PASSWORD) | refuses(429, Text.TOO_MANY_TRIES),
    openapi_extra=requires(Text.SIGN_IN_REQUIRED),
)  # fmt: skip
async def sign_in(body: NewSession, services: ServicesDep, actor: Viewer) -> JsonResponse:
    """Begin a session, which lasts 30 days. Its token is sent with calls as a key is.

    The password is left out only by an admin's key, for an e-mail that an identity provider has
    confirmed to it.
    """
    if body.password is None:
        user = await services.sign_in.vouched(actor, body.email)
    else:
        user = await services.sign_in.by_password(body.email, body.password)
    token = await services.sign_in.session(user["id"])
    return JsonResponse({"token": token, "user": {name: user[name] for name in SHOWN}}, 201)


@router.delete("/session", response_model=Done, summary="Sign out")
async def sign_out(request: Request, services: ServicesDep, _: Viewer) -> JsonResponse:
    """End the session whose token comes with the call; a key stays as it is."""
    if token := sent_key(request):
        async with services.database.transaction() as connection:
            await connection.execute(STATEMENTS["end_session"], hashed(token))
        services.authentication.forget(token)
    return JsonResponse({"ok": True})


@router.put(
    "/session/password", response_model=Done, summary="Change one's password",
    responses=refuses(403, Text.NOBODY_SIGNED_IN),
    openapi_extra=requires(Text.PASSWORD_REQUIRED),
)  # fmt: skip
async def change_password(
    body: PasswordChange, request: Request, services: ServicesDep, actor: Viewer
) -> JsonResponse:
    """Change the password of whose session it is; their other sessions end."""
    if actor.user is None:
        raise ApiError(403, Text.NOBODY_SIGNED_IN)
    row = await services.database.fetchrow("user", actor.user.id)
    if row is None:
        raise ApiError(403, Text.NOBODY_SIGNED_IN)
    await services.sign_in.by_password(row["email"], body.current)
    stored = await asyncio.to_thread(passwords.hashed, body.new)
    async with services.database.transaction() as connection:
        await connection.execute(STATEMENTS["set_password"], actor.user.id, stored)
        kept = hashed(sent_key(request) or "")
        await connection.execute(STATEMENTS["end_sessions"], actor.user.id, kept)
        await audit.record(connection, actor, "password changed", user=actor.user.id)
    return JsonResponse({"ok": True})
