"""Who calls, and what they may: four roles, one key each caller."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from api.errors import ApiError
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


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a request.

    Parameters
    ----------
    name
        For the audit and the access log: the key's number, or where no key is asked for, ``local``.
    role
        What they may do.
    """

    name: str
    role: Role


def needs(role: Role) -> Callable[[Request], Awaitable[Actor]]:
    """Return the dependency that lets only those through who may make calls of this role."""

    async def actor(request: Request) -> Actor:
        found: Actor | None = await request.app.state.parts.keys.actor(request)
        if found is None:
            raise ApiError(401, Text.NO_KEY, {"WWW-Authenticate": "Bearer"})
        if role not in MAY[found.role]:
            raise ApiError(403, Text.NOT_ALLOWED)
        request.state.actor = found.name
        return found

    return actor


Ingester = Annotated[Actor, Depends(needs(Role.INGEST))]
Viewer = Annotated[Actor, Depends(needs(Role.VIEWER))]
Operator = Annotated[Actor, Depends(needs(Role.OPERATOR))]
Admin = Annotated[Actor, Depends(needs(Role.ADMIN))]
