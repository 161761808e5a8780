"""Keys, as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from api.access import Role
from api.schemas.base import NonEmptyLine, Ok, RequestBody, ResponseBody, Timestamp


class Key(ResponseBody):
    """A key, but not what it is."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["site form"])
    role: Role = Field(examples=[Role.INGEST])
    created_at: Timestamp
    expires_at: Timestamp | None
    revoked_at: Timestamp | None


class KeyList(ResponseBody):
    """Every key there ever was, the oldest first."""

    items: list[Key]
    asked_for: bool = Field(
        examples=[True], description="Whether calls without a key are turned away."
    )


class NewKey(RequestBody):
    """Whose a key is to be, what it may do, and for how long."""

    name: NonEmptyLine = Field(examples=["site form"])
    role: Role = Field(examples=[Role.INGEST])
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        default=None, description="Until it expires; never, when left out.", examples=[365]
    )


class MadeKey(ResponseBody):
    """A new key, told once and only now."""

    id: int = Field(examples=[3])
    key: str = Field(examples=["galope_…"])


class Revoked(ResponseBody):
    """A key that is worthless now."""

    ok: Ok
    id: int = Field(examples=[3])
