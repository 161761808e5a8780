"""A stream that is away for long: the log is cut off, nothing is lost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import pytest

from api.services.database import STATEMENTS
from postgres.install import install
from tests.postgres.test_mapping import mapping, new_deal, sales, tallies
from tests.stream.replay import (
    ALL_COUNTED,
    How,
    assert_equals_replay,
    drained,
    new_event,
    new_lead,
    streaming,
)
from tests.stream.test_recovery import CrashError, Fuse, fused

if TYPE_CHECKING:
    from postgres.connect import Connection

__all__ = ["sales"]

LONG_AWAY = "UPDATE galope.cursor SET log_limit = 0, heartbeat_at = now() - interval '11 minutes'"
LOGGED = "SELECT count(*) FROM galope.change_log"
IS_FULL = "SELECT pg_sequence_last_value('galope.log_full') = 1"


async def fill(connection: Connection) -> None:
    """Have the log be full: one writer in a hundred looks."""
    await connection.execute(LONG_AWAY)
    while not await connection.fetchval(IS_FULL):
        await connection.execute("SELECT galope.log_is_full() FROM generate_series(1, 100)")


async def test_a_full_log_takes_no_more_and_nothing_is_lost(
    database: str, connection: Connection
) -> None:
    lead, gone, other = [await new_lead(connection, name) for name in ("Ana", "Bia", "Clara")]
    event = await new_event(connection, lead)
    await drained(database)
    await fill(connection)
    logged = await connection.fetchval(LOGGED)
    for _ in range(3):
        await new_event(connection, lead)
    await connection.execute("UPDATE events SET lead_id = $1 WHERE id = $2", other, event)
    await connection.execute("UPDATE leads SET uf = 'SP' WHERE id = $1", lead)
    await new_lead(connection, "Dora")
    await connection.execute("DELETE FROM leads WHERE id = $1", gone)
    assert await connection.fetchval(LOGGED) == logged
    assert "reads every lead anew" in await connection.fetchval(STATEMENTS["problem"])
    assert await connection.fetchval(f"SELECT stale FROM ({STATEMENTS['stored_score']}) AS s", lead)
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, lead)
        await stream.drain()
    assert await connection.fetchval(ALL_COUNTED)
    await assert_equals_replay(connection)
    assert not await connection.fetchval(IS_FULL)
    assert await connection.fetchval(STATEMENTS["problem"]) is None
    assert await connection.fetchval("SELECT cut_off IS NULL FROM galope.cursor")


async def test_what_was_under_way_is_read_once_it_is_committed(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await drained(database)
    await fill(connection)
    other = await asyncpg.connect(database)
    under_way = other.transaction()
    await under_way.start()
    await new_event(other, lead)
    async with streaming(database) as stream:
        await stream.drain()
        await stream.tick()
        await under_way.commit()
        assert not await connection.fetchval(ALL_COUNTED)
        await stream.tick()
        await stream.drain()
        assert await connection.fetchval(ALL_COUNTED)
        assert await connection.fetchval("SELECT cut_off IS NULL FROM galope.cursor")
    await other.close()


async def test_a_stream_that_was_frozen_reads_anew(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await fill(connection)
        await new_event(connection, lead)
        await stream.tick()
        await stream.drain()
        assert await connection.fetchval(ALL_COUNTED)
        assert not await connection.fetchval(IS_FULL)


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_while_it_is_opened_again(
    database: str, connection: Connection, *, after: bool
) -> None:
    lead = await new_lead(connection)
    await drained(database)
    for step in range(12):
        await fill(connection)
        await new_event(connection, lead)
        fuse = Fuse(step, after)
        try:
            async with streaming(database, How(wrap=partial(fused, fuse))) as stream:
                await stream.consumer.step()
        except CrashError:
            pass
        await drained(database)
        await drained(database)
        assert await connection.fetchval(ALL_COUNTED), step


async def test_a_log_that_is_small_or_of_a_stream_that_runs_is_never_full(
    database: str, connection: Connection
) -> None:
    await new_lead(connection)
    await drained(database)
    look = "SELECT galope.log_is_full() FROM generate_series(1, 2000)"
    await connection.execute("UPDATE galope.cursor SET log_limit = 0")
    await connection.execute(look)
    assert not await connection.fetchval(IS_FULL)
    async with streaming(database):
        await connection.execute("UPDATE galope.cursor SET heartbeat_at = now() - interval '1 day'")
        assert await connection.fetchval("SELECT log_limit FROM galope.cursor") == 2**30
        await connection.execute(look)
    assert not await connection.fetchval(IS_FULL)


async def test_mapped_tables_have_the_same_limit(empty_database: str, sales: Connection) -> None:
    await install(sales, mapping())
    deal = await new_deal(sales)
    await drained(empty_database)
    await fill(sales)
    logged = await sales.fetchval(LOGGED)
    await sales.execute("INSERT INTO sales.visit (deal) VALUES ($1)", deal)
    assert await sales.fetchval(LOGGED) == logged
    await drained(empty_database)
    assert await tallies(sales, deal) == {"visit": 1}
