"""Who calls, and what they may: keys have one of four roles, and so have the users of the admin."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from api.errors import ApiError
from api.settings import Settings
from api.texts import Text


class Role(StrEnum):
    """What a key may do."""

    INGEST = "ingest"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


MAY = {
    Role.INGEST: frozenset({Role.INGEST}),
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.INGEST, Role.VIEWER, Role.OPERATOR}),
    Role.ADMIN: frozenset(Role),
}
"""By role, the calls it may make, each named by the least role for it."""


class UserRole(StrEnum):
    """What somebody who works in the admin may do."""

    VIEWER = "viewer"
    SELLER = "seller"
    MANAGER = "manager"
    ADMIN = "admin"


CALLS_AS = {
    UserRole.VIEWER: Role.VIEWER,
    UserRole.SELLER: Role.OPERATOR,
    UserRole.MANAGER: Role.OPERATOR,
    UserRole.ADMIN: Role.ADMIN,
}
"""By a user's role, the role of a key that may make the same calls."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has signed in to the admin."""

    id: int
    role: UserRole


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a request.

    Parameters
    ----------
    name
        For the audit and the access log: the key's or the user's number, or where no key is asked
        for, ``local``.
    role
        What they may do.
    user
        Who that is, where it is a user of the admin.
    """

    name: str
    role: Role
    user: User | None = None


class Needs(SecurityBase):
    """Lets only those through who may make calls of a role.

    Parameters
    ----------
    role
        The least one for the call.
    """

    model = HTTPBearer(description="A key that `python -m api.keys` made, where one is asked for.")
    scheme_name = "key"

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Actor:
        """Return who makes a request."""
        actor: Actor | None = await request.app.state.services.authentication.actor(request)
        if actor is None:
            raise ApiError(401, Text.NO_KEY, {"WWW-Authenticate": "Bearer"})
        if self.role not in MAY[actor.role]:
            raise ApiError(403, Text.NOT_ALLOWED)
        request.state.actor = actor.name
        return actor


Ingester = Annotated[Actor, Depends(Needs(Role.INGEST))]
Viewer = Annotated[Actor, Depends(Needs(Role.VIEWER))]
Operator = Annotated[Actor, Depends(Needs(Role.OPERATOR))]
Admin = Annotated[Actor, Depends(Needs(Role.ADMIN))]


def only_in_demo(settings: Settings) -> None:
    """Refuse what destroys rows, unless the demo runs."""
    if not settings.demo:
        raise ApiError(403, Text.ONLY_IN_DEMO)
