"""Who did what: a row that outlives the lead and holds nothing personal."""

from typing import Any
from uuid import UUID

import orjson

from api.access import Actor
from api.services.database import STATEMENTS
from postgres.connect import Connection


async def record(
    connection: Connection, actor: Actor, action: str, lead_id: UUID | None = None, **facts: Any
) -> None:
    """Note an action, in the transaction that does it."""
    values = (actor.name, action, lead_id, orjson.dumps(facts, default=str).decode())
    await connection.execute(STATEMENTS["audit"], *values)
