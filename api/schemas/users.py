"""Users, their sessions and whose leads are whose, as they are sent and answered."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from api.access import Role, UserRole
from api.errors import REFUSED_VALUE
from api.schemas.base import (
    LEAD_ID,
    LeadId,
    Line,
    NonEmptyLine,
    Ok,
    RequestBody,
    ResponseBody,
    StorableText,
    Timestamp,
)
from api.texts import Text

LONGEST, SHORTEST = 200, 10
"""Characters of a password: at the most, for hashing reads all of them, and at the least."""

UserName = Annotated[str, Field(examples=["Bia Rocha"])]
UserNumber = Annotated[int, Field(examples=[5])]


def _with_at(email: str) -> str:
    if "@" not in email:
        raise PydanticCustomError(REFUSED_VALUE, Text.BAD_EMAIL)
    return email


Email = Annotated[NonEmptyLine, AfterValidator(_with_at), Field(examples=["bia@example.com"])]
Password = Annotated[StorableText, StringConstraints(max_length=LONGEST)]
Team = Annotated[
    Line | None,
    Field(
        examples=["Sul"],
        description="A word that those share who work together; empty for no team.",
    ),
]


class ListedUser(ResponseBody):
    """Somebody who works in the admin."""

    id: UserNumber
    name: UserName
    email: str = Field(examples=["bia@example.com"])
    role: UserRole = Field(examples=[UserRole.SELLER])
    team: str | None = Field(examples=["Sul"])
    created_at: Timestamp
    has_password: bool = Field(
        examples=[True], description="Whether they can sign in with a password."
    )


class UserList(ResponseBody):
    """Everybody who works in the admin, by name."""

    items: list[ListedUser]


class NewUser(RequestBody):
    """Somebody who is to work in the admin."""

    name: NonEmptyLine = Field(examples=["Bia Rocha"])
    email: Email
    role: UserRole = Field(examples=[UserRole.SELLER])
    team: Team = None


class UserChange(RequestBody):
    """What somebody may do from now on, and in which team; what is left out stays."""

    role: UserRole | None = Field(default=None, examples=[UserRole.MANAGER])
    team: Team = None


class FirstPassword(ResponseBody):
    """A user's password, told once and only now."""

    id: UserNumber
    password: str = Field(examples=["x1ZkT0q-9bWcUe3A"])


class ChangedUser(ResponseBody):
    """A user that was changed or removed."""

    ok: Ok
    id: UserNumber


class NewSession(RequestBody):
    """Who signs in."""

    email: Email
    password: Password | None = Field(
        default=None,
        examples=["x1ZkT0q-9bWcUe3A"],
        description="Left out only by an admin's key, for who has signed in elsewhere.",
    )


class SignedIn(ResponseBody):
    """Somebody who has signed in."""

    id: UserNumber
    name: UserName
    email: str = Field(examples=["bia@example.com"])
    role: UserRole = Field(examples=[UserRole.SELLER])


class MadeSession(ResponseBody):
    """A session: its token is sent as a key is."""

    token: str = Field(examples=["galope_…"])
    user: SignedIn


class Session(ResponseBody):
    """Who calls."""

    role: Role = Field(examples=[Role.OPERATOR], description="Of a key that may do the same.")
    user: SignedIn | None = Field(description="Empty for a key, or where no key is asked for.")
    sign_in: bool = Field(
        examples=[True], description="Whether there are users, who are to sign in to the admin."
    )


class PasswordChange(RequestBody):
    """A user's password, and the one in its place."""

    current: Password = Field(examples=["x1ZkT0q-9bWcUe3A"])
    new: Annotated[Password, StringConstraints(min_length=SHORTEST)] = Field(
        examples=["cavalo bem selado"]
    )


Owners = Annotated[dict[UUID, str], Field(examples=[{LEAD_ID: "Bia Rocha"}])]
"""Whom leads are with, by lead."""


class Assignment(RequestBody):
    """Whom leads are given to."""

    lead_ids: Annotated[list[LeadId], Field(min_length=1, max_length=1000)] = Field(
        examples=[[LEAD_ID]]
    )
    owner: NonEmptyLine | None = Field(
        default=None,
        examples=["Bia Rocha"],
        description="A user's name or e-mail, or what the team's own column says; nobody's when"
        " left out.",
    )


class Assigned(ResponseBody):
    """Leads that were given to somebody."""

    ok: Ok
    owner: str | None = Field(examples=["Bia Rocha"])
    column: str | None = Field(
        examples=["responsavel"],
        description="The team's column that says it; empty where Galope keeps it.",
    )
    before: Annotated[dict[UUID, str | None], Field(examples=[{LEAD_ID: "Caio Lima"}])] = Field(
        description="Whom each lead was with."
    )
