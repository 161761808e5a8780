"""The stream as a process: killed, restarted, cut off, asked to leave."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from local.places import account_for, identity, programs, temporary_folder
from local.postgres import running
from postgres.install import install
from tests.stream.child import child, scores
from tests.stream.replay import (
    ALL_COUNTED,
    assert_equals_replay,
    assert_history_continues,
    drained,
    new_event,
    new_lead,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

    from postgres.connect import Connection

KILLS = 10


async def produce(dsn: str, leads: list[UUID], seed: int, enough: asyncio.Event) -> None:
    """Insert events until there are enough, some of them in transactions that last."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    connection = await asyncpg.connect(dsn)
    while not enough.is_set():
        async with connection.transaction():
            for _ in range(chance.randint(1, 4)):
                kind = chance.choice(["page_view", "hook_complete", "cta_click"])
                await new_event(connection, chance.choice(leads), kind, chance.random() * 1e6)
    await connection.close()


@asynccontextmanager
async def producing(dsn: str, leads: list[UUID]) -> AsyncIterator[None]:
    """Insert events over three connections for as long as the block lasts."""
    enough = asyncio.Event()
    tasks = [asyncio.create_task(produce(dsn, leads, seed, enough)) for seed in range(3)]
    try:
        yield
    finally:
        enough.set()
        await asyncio.gather(*tasks)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("unmeasured_children")
async def test_kill_9_at_any_moment_counts_every_event_once(
    database: str, connection: Connection
) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable
    leads = [await new_lead(connection) for _ in range(20)]
    async with scores(database) as output:
        for _ in range(KILLS):
            async with child(database) as stream:
                await stream.says("streaming")
                async with producing(database, leads):
                    await output.batches(chance.randint(1, 60))
                    await stream.killed()
    await drained(database)
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


async def test_sigterm_commits_what_was_taken_and_leaves(
    database: str, connection: Connection
) -> None:
    leads = [await new_lead(connection) for _ in range(5)]
    async with scores(database) as output, producing(database, leads):
        async with child(database) as stream:
            await stream.says("streaming")
            await output.batches(10)
            stream.process.send_signal(signal.SIGTERM)
            assert await stream.ends() == 0
        assert "stopped; everything taken is committed" in stream.lines[-1]
    await drained(database)
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


async def test_sigterm_does_not_wait_for_the_next_poll(database: str) -> None:
    async with child(database, GALOPE_POLL_MS="3600000", GALOPE_LISTEN="false") as stream:
        await stream.says("streaming")
        stream.process.send_signal(signal.SIGTERM)
        assert await stream.ends() == 0


async def test_sigterm_while_postgres_is_away(
    server_dsn: str, database: str, connection: Connection
) -> None:
    async with child(database) as stream:
        await stream.says("streaming")
        server = await asyncpg.connect(server_dsn)
        name = database.rpartition("/")[2]
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await server.close()
        await connection.execute(TERMINATE, "galope %")
        await stream.says("interrupted")
        stream.process.send_signal(signal.SIGTERM)
        assert await stream.ends() == 0


TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE $1
"""


@pytest.mark.parametrize("cut", ["galope listener", "galope reader", "galope writer", "galope %"])
@pytest.mark.usefixtures("unmeasured_children")
async def test_connections_cut_while_events_arrive(
    database: str, connection: Connection, cut: str
) -> None:
    leads = [await new_lead(connection) for _ in range(5)]
    async with scores(database) as output, child(database) as stream:
        await stream.says("streaming")
        async with producing(database, leads):
            for _ in range(2):
                await output.batches(10)
                await connection.execute(TERMINATE, cut)
            await output.batches(10)
        await output.until(lambda: connection.fetchval(ALL_COUNTED))
        assert stream.process.returncode is None
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


@pytest.mark.postgres
@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.usefixtures("unmeasured_children")
async def test_postgres_restarted(mode: str) -> None:
    with temporary_folder(in_memory=True) as folder, running(folder / "pgdata") as dsn:
        connection = await asyncpg.connect(dsn)
        await install(connection)
        leads = [await new_lead(connection) for _ in range(5)]
        async with child(dsn) as stream:
            await stream.says("streaming")
            for _ in range(20):
                await new_event(connection, random.choice(leads))  # noqa: S311 - no secret
            await asyncio.to_thread(restart, folder / "pgdata", mode)
            await stream.says("interrupted")
            await stream.says("streaming")
            connection = await asyncpg.connect(dsn)
            async with scores(dsn) as output:
                for lead in leads:
                    await new_event(connection, lead)
                await output.until(lambda: connection.fetchval(ALL_COUNTED))
        await assert_equals_replay(connection)
        await assert_history_continues(connection)
        await connection.close()


def restart(data: Path, mode: str) -> None:
    """Restart a server: at once, or as a crash would."""
    account = account_for(data)
    subprocess.run(
        [programs(account) / "pg_ctl", "restart", f"--pgdata={data}", f"--mode={mode}", "--wait",
         f"--log={data / 'server.log'}"],
        check=True, cwd="/", stdout=subprocess.DEVNULL, **identity(account),
    )  # fmt: skip


async def test_a_second_stream_waits_and_takes_over(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with scores(database) as output, child(database) as first:
        await first.says("streaming")
        async with child(database) as second:
            await second.says("waiting to take over")
            await new_event(connection, lead)
            await output.until(lambda: connection.fetchval(ALL_COUNTED))
            await first.killed()
            await second.says("streaming")
            await new_event(connection, lead)
            await output.until(lambda: connection.fetchval(ALL_COUNTED))
    await assert_equals_replay(connection)


async def test_rebuild_reads_every_state_anew(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead)
    await drained(database)
    await connection.execute("UPDATE galope.lead_state SET state = json_build_object('made', 'up')")
    async with scores(database) as output, child(database, "--rebuild") as stream:
        await stream.says("streaming")
        await output.until(lambda: connection.fetchval(ALL_COUNTED))
    await assert_equals_replay(connection)


async def test_rebuild_asks_the_stream_that_runs(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead)
    async with scores(database) as output, child(database) as stream:
        await stream.says("streaming")
        await output.until(lambda: connection.fetchval(ALL_COUNTED))
        await connection.execute("TRUNCATE galope.score_history")
        async with child(database, "--rebuild") as asking:
            assert await asking.ends() == 0
        await output.until(
            lambda: connection.fetchval("SELECT count(*) > 0 FROM galope.score_history")
        )
        assert stream.process.returncode is None
    await assert_equals_replay(connection)
