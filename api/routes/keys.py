"""Keys over HTTP: who has one, one more, one fewer."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.access import Admin, Role
from api.dependencies import Galope
from api.docs import refuses, requires
from api.errors import ApiError
from api.keys import make
from api.responses import Json
from api.schemas.base import Answered, Moment, Ok, Sent, Word
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["keys"])

NOBODY = 0
"""A number that no key has."""


class Key(Answered):
    """A key, but not what it is."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["site form"])
    role: Role = Field(examples=[Role.INGEST])
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None


class Keyring(Answered):
    """Every key there ever was, the oldest first."""

    items: list[Key]
    asked_for: bool = Field(
        examples=[True], description="Whether calls without a key are turned away."
    )


class NewKey(Sent):
    """Whose a key is to be, what it may do, and for how long."""

    name: Word = Field(examples=["site form"])
    role: Role = Field(examples=[Role.INGEST])
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        default=None, description="Until it expires; never, when left out.", examples=[365]
    )


class MadeKey(Answered):
    """A new key, told once and only now."""

    id: int = Field(examples=[3])
    key: str = Field(examples=["galope_…"])


class Revoked(Answered):
    """A key that is worthless now."""

    ok: Ok
    id: int = Field(examples=[3])


@router.get("/admin/keys", response_model=Keyring, summary="Who has a key")
async def keys(galope: Galope, _: Admin) -> Json:
    """Return every key with its role, but not what it is: that is not stored."""
    rows = await galope.database.fetch("keys")
    return Json({"items": [dict(row) for row in rows], "asked_for": await galope.keys.asked_for()})


@router.post(
    "/admin/keys", response_model=MadeKey, status_code=201, summary="Make a key",
    responses=refuses(409, Text.ADMIN_KEY_FIRST),
    openapi_extra=requires(Text.KEY_REQUIRED),
)  # fmt: skip
async def add(galope: Galope, who: Admin, body: NewKey) -> Json:
    """Make a key. The first one has to be an admin's, for keys are asked for from then on."""
    async with galope.database.transaction() as connection:
        if body.role is not Role.ADMIN and not await connection.fetchval(
            STATEMENTS["admin_works"], NOBODY
        ):
            raise ApiError(409, Text.ADMIN_KEY_FIRST)
        number, key = await make(connection, body.name, body.role, body.days)
        await audit.record(connection, who, "key made", key=number, role=body.role)
    return Json({"id": number, "key": key}, status_code=201)


@router.delete(
    "/admin/keys/{number}", response_model=Revoked, summary="Revoke a key",
    responses=refuses(404, Text.KEY_NOT_FOUND) | refuses(409, Text.LAST_ADMIN_KEY),
)  # fmt: skip
async def revoke(galope: Galope, who: Admin, number: Annotated[int, Path(ge=1, lt=2**63)]) -> Json:
    """Make a key worthless; within seconds no call is let in by it. The last admin's stays."""
    async with galope.database.transaction() as connection:
        role = await connection.fetchval(STATEMENTS["key"], number)
        if role is None:
            raise ApiError(404, Text.KEY_NOT_FOUND)
        if role == Role.ADMIN and not await connection.fetchval(STATEMENTS["admin_works"], number):
            raise ApiError(409, Text.LAST_ADMIN_KEY)
        await connection.execute(STATEMENTS["revoke_key"], number)
        await audit.record(connection, who, "key revoked", key=number)
    return Json({"ok": True, "id": number})
