"""A lead's next action, stored and recorded as an event."""

from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from api.access import Actor
from api.errors import ApiError
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from postgres.connect import Connection


def refuse_past(day: date | None, zone: ZoneInfo) -> None:
    """Refuse an appointment on a day that is over.

    Raises
    ------
    ApiError
        When it is over where the team is.
    """
    if day is not None and day < datetime.now(zone).date():
        raise ApiError(400, Text.PAST_DATE)


async def set_next_action(
    connection: Connection,
    timezone: str,
    actor: Actor,
    lead_id: UUID,
    action: tuple[str | None, date | None, time | None],
) -> asyncpg.Record:
    """Set or clear a lead's next action, and record which it was."""
    row = await connection.fetchrow(STATEMENTS["set_next_action"], lead_id, *action, timezone)
    if row is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    kind = "next_action_saved" if action[0] else "next_action_cleared"
    metadata = {f"next_action_{name}": row[name] for name in ("text", "date", "time")}
    event = orjson.dumps(metadata | {"source": "api"}).decode()
    event_id = await connection.fetchval(STATEMENTS["add_event"], lead_id, kind, event)
    await audit.record(connection, actor, kind.replace("_", " "), lead_id, event=event_id)
    return row
