"""What a seller may give, and to whom."""

from collections.abc import Mapping

from api.access import Actor, UserRole
from api.errors import ApiError
from api.services.database import STATEMENTS
from api.texts import Text
from postgres.connect import Connection


async def refuse_others(
    connection: Connection, actor: Actor, before: Mapping[str, str | None], owner: str | None
) -> None:
    """Refuse a seller what is between others.

    Parameters
    ----------
    connection
        Where users are.
    actor
        Who gives.
    before
        By what is given, whom it was with.
    owner
        Whom it is given to; nobody for None.

    Raises
    ------
    ApiError
        When it is not theirs to give or to take.
    """
    if actor.user is None or actor.user.role != UserRole.SELLER:
        return
    me = await connection.fetchrow(STATEMENTS["user"], actor.user.id)
    mine = {me["name"].lower(), me["email"].lower()} if me else set()
    if any(named and named.lower() not in mine for named in (owner, *before.values())):
        raise ApiError(403, Text.NOT_YOURS)
