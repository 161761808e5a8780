"""What was set aside is taken up again once whatever was in the way is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from stream.watch import Watch
from tests.stream.replay import assert_equals_replay, new_event, new_lead, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.stream.replay import Stream

REASONS = "SELECT coalesce(array_agg(reason ORDER BY reason), '{}') FROM galope.dead_letter"
OLD = "UPDATE galope.dead_letter SET created_at = now() - interval '11 minutes'"


async def look(dsn: str, stream: Stream) -> None:
    """Look at the catalogue as every minute, and take what is asked for."""
    await Watch(lambda: asyncpg.connect(dsn), lambda: False).look()
    await stream.drain()


async def test_a_lead_that_was_refused_is_tried_again(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await look(database, stream)
        await connection.execute("ALTER TABLE leads ADD CONSTRAINT low CHECK (score < 10)")
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        [reason] = await connection.fetchval(REASONS)
        assert "low" in reason
        for _ in range(3):
            await connection.execute(OLD)
            await look(database, stream)
        # It is told once, however often it fails.
        assert await connection.fetchval(REASONS) == [reason]
        await connection.execute("ALTER TABLE leads DROP CONSTRAINT low")
        await look(database, stream)
        assert await connection.fetchval(REASONS) == [reason]
        await connection.execute(OLD)
        await look(database, stream)
        assert await connection.fetchval(REASONS) == []
        assert await connection.fetchval("SELECT score FROM leads") == 20
    await assert_equals_replay(connection)


async def test_a_corrected_time_counts(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        for at in ("infinity", "4000-01-01"):
            await connection.execute(
                "INSERT INTO events (lead_id, event_type, ts)"
                " VALUES ($1, 'cta_click', $2::text::timestamptz)",
                lead,
                at,
            )
        await stream.drain()
        assert len(await connection.fetchval(REASONS)) == 2
        await connection.execute("UPDATE events SET ts = now() WHERE ts = 'infinity'")
        await stream.drain()
        assert len(await connection.fetchval(REASONS)) == 1
        await connection.execute("UPDATE events SET ts = now() WHERE ts > now()")
        await stream.drain()
        assert await connection.fetchval(REASONS) == []
        assert await connection.fetchval("SELECT score FROM leads") == 20
    await assert_equals_replay(connection)


async def test_an_event_that_came_before_its_lead_counts(
    database: str, connection: Connection
) -> None:
    await connection.execute("ALTER TABLE events DROP CONSTRAINT events_lead_id_fkey")
    lead = uuid4()
    async with streaming(database) as stream:
        await stream.drain()
        await look(database, stream)
        await new_event(connection, lead, "cta_click")
        await new_event(connection, uuid4(), "cta_click")
        await stream.drain()
        assert len(await connection.fetchval(REASONS)) == 2
        await new_lead(connection, id=lead)
        await stream.drain()
        assert await connection.fetchval("SELECT score FROM leads") == 20
        await look(database, stream)
        assert await connection.fetchval(REASONS) == ["the event's lead does not exist"]


@pytest.mark.parametrize("ago", ["9 minutes", "11 minutes"])
async def test_leads_that_are_gone_are_not_tried(
    database: str, connection: Connection, ago: str
) -> None:
    async with streaming(database) as stream:
        await stream.drain()
        await look(database, stream)
        await connection.execute(
            "INSERT INTO galope.dead_letter (lead_id, reason, created_at)"
            " VALUES (gen_random_uuid(), 'not scored', now() - $1::text::interval)",
            ago,
        )
        await Watch(lambda: asyncpg.connect(database), lambda: False).look()
        assert not await connection.fetch("SELECT FROM galope.change_log WHERE kind = 'rebuild'")
