"""Whose turn it is, where streams freeze, and where sessions are anybody's."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from postgres.connect import LOST
from stream.turn import LEASE, ONLY_ONE, TURN, has_turn, release, wait_for_turn
from tests.stream.child import child, scores
from tests.stream.replay import ALL_COUNTED, new_event, new_lead, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection

AGO = "UPDATE galope.cursor SET heartbeat_at = now() - make_interval(secs => $1)"


async def test_a_frozen_stream_is_taken_over(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.turn.LOOK_EVERY", 0.0)
    async with streaming(database):
        frozen = await asyncpg.connect(database)
        assert await has_turn(frozen, leased=False)
        waiting = await asyncpg.connect(database)
        turn = asyncio.create_task(wait_for_turn(waiting, leased=False))
        lock = "SELECT pg_try_advisory_lock($1)"
        assert not await connection.fetchval(lock, ONLY_ONE)
        assert not turn.done()
        await connection.execute(AGO, LEASE + 1)
        await turn
        with pytest.raises(LOST):
            await frozen.fetchval("SELECT 1")
        await waiting.close()


async def test_a_stream_that_postgres_works_for_is_not_frozen(
    database: str, connection: Connection
) -> None:
    async with streaming(database):
        settings = {"application_name": "galope writer"}
        writer = await asyncpg.connect(database, server_settings=settings)
        holder = await asyncpg.connect(database)  # a transaction sees who is active only once
        await connection.execute(AGO, LEASE + 1)
        async with holder.transaction():
            await holder.execute("LOCK TABLE events IN SHARE MODE")
            work = asyncio.create_task(writer.execute("TRUNCATE events"))
            while not await connection.fetchval(WORKS, writer.get_server_pid()):
                pass
            assert not await connection.fetchval(TURN["end_silent"], ONLY_ONE, LEASE)
        await work
        while await connection.fetchval(WORKS, writer.get_server_pid()):
            pass
        assert await connection.fetchval(TURN["end_silent"], ONLY_ONE, LEASE) == 1
        writer.terminate()
        await holder.close()


WORKS = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1"


async def test_where_sessions_are_anybodys_the_heartbeat_is_the_lease(
    database: str, connection: Connection
) -> None:
    assert await has_turn(connection, leased=True)
    async with streaming(database) as stream:
        assert not await has_turn(connection, leased=True)
        await connection.execute(AGO, LEASE + 1)
        assert await has_turn(connection, leased=True)
        await stream.committer.heartbeat()
        assert not await has_turn(connection, leased=True)
        await release(connection, stream.committer.epoch)
        assert await has_turn(connection, leased=True)
        assert await connection.fetchval(
            "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            ONLY_ONE & 0xFFFFFFFF,
        )


async def test_behind_a_pooler_streams_follow_each_other(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    pooled = f"{database}?pgbouncer=true"
    async with scores(database) as heard:
        for _ in range(2):
            async with child(pooled) as stream:
                await stream.says("streaming")
                await new_event(connection, lead)
                await heard.until(lambda: connection.fetchval(ALL_COUNTED))
                stream.process.send_signal(signal.SIGTERM)
                assert await stream.ends() == 0
