"""What falls due with time is found, and what was due before is not gone through again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg
import pytest

from postgres.statements import QUERIES
from stream.due import DUE_LEADS, LATEST_DUE, SPREAD_EVERY
from tests.stream.replay import new_lead, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection

OVERDUE = "UPDATE galope.lead_state SET rescore_at = now() - make_interval(secs => $1)"
NONE_IS_DUE = "SELECT NOT EXISTS (SELECT FROM galope.lead_state WHERE rescore_at <= now())"


async def visited(connection: Connection, since: float, now: float) -> int:
    """Return how many pages a look at what is due goes through."""
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    await connection.execute(f"PREPARE due AS {QUERIES['due_leads']}")
    plan = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE due('{since}', {now}, {DUE_LEADS})"
    )
    await connection.execute("DEALLOCATE due")
    pages: int = await connection.fetchval(
        "SELECT ($1::json -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::int", plan
    )
    return pages


@pytest.mark.parametrize("seconds", [LATEST_DUE - 30, LATEST_DUE + 30])
async def test_a_score_that_was_due_when_it_was_written_is_found(
    database: str, connection: Connection, seconds: float
) -> None:
    await new_lead(connection)
    async with streaming(database) as stream:
        await stream.tick()
        await connection.execute(OVERDUE, seconds)
        await stream.tick()
        assert await connection.fetchval(NONE_IS_DUE) == (seconds < LATEST_DUE)
        stream.clock.ahead += SPREAD_EVERY
        await stream.tick()
        assert await connection.fetchval(NONE_IS_DUE)


async def test_nothing_is_missed_while_the_stream_stands_still(
    database: str, connection: Connection
) -> None:
    await new_lead(connection)
    async with streaming(database) as stream:
        await stream.tick()
        await connection.execute(OVERDUE, -100.0)
        stream.clock.ahead += 10 * LATEST_DUE
        await stream.tick()
        due = await connection.fetchval(
            "SELECT rescore_at > now() + interval '5 minutes' FROM galope.lead_state"
        )
        assert due


async def test_more_than_one_look_takes_are_all_found(
    database: str, connection: Connection
) -> None:
    await connection.execute(
        "INSERT INTO leads (nome, segmento_interesse)"
        " SELECT 'Lead ' || n, 'CAVALOS' FROM generate_series(1, $1) AS n",
        2 * DUE_LEADS + 1,
    )
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute(OVERDUE, 1.0)
        await stream.tick()
        assert await connection.fetchval(NONE_IS_DUE)


async def test_a_held_transaction_makes_no_look_longer(
    database: str, connection: Connection
) -> None:
    await connection.execute(
        "INSERT INTO leads (nome, segmento_interesse)"
        " SELECT 'Lead ' || n, 'CAVALOS' FROM generate_series(1, 100) AS n"
    )
    async with streaming(database) as stream:
        await stream.drain()
    held = await asyncpg.connect(database)
    await held.execute(
        "BEGIN ISOLATION LEVEL REPEATABLE READ;"
        "INSERT INTO leads (nome, segmento_interesse) VALUES ('Held', 'CAVALOS')"
    )
    for _ in range(50):
        await connection.execute("UPDATE galope.lead_state SET rescore_at = 'epoch'")
        await connection.execute(
            "UPDATE galope.lead_state SET rescore_at = now() + interval '1 day'"
        )
    now = time.time()
    everything = await visited(connection, float("-inf"), now)
    assert everything > 10 * await visited(connection, now - LATEST_DUE, now)
    await held.close()
