"""The processes a bench starts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psutil
import pytest

from bench.processes import pgbench, running
from bench.report import BenchError
from bench.testbed import QUERIES

if TYPE_CHECKING:
    import asyncpg

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_a_child_is_stopped_when_the_bench_fails(timed_server: str) -> None:
    pids = []

    async def bench() -> None:
        async with running("bench.floor", timed_server) as child:
            await child.ready()
            pids.append(child.process.pid)
            raise BenchError

    with pytest.raises(BenchError):
        await bench()
    assert pids
    assert not psutil.pid_exists(pids[0])


async def test_a_child_is_stopped_when_the_bench_is_cancelled(timed_server: str) -> None:
    listens: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def bench() -> None:
        async with running("bench.floor", timed_server) as child:
            await child.ready()
            listens.set_result(child.process.pid)
            await asyncio.Event().wait()

    task = asyncio.create_task(bench())
    pid = await listens
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(pid)


async def test_a_child_that_ended_says_why() -> None:
    async with running("stream", NOWHERE) as child:
        await child.process.wait()
        with pytest.raises(BenchError, match="No Postgres answers"):
            child.ensure_alive()


@pytest.mark.postgres
async def test_producers_at_a_rate_commit_what_comes_in_their_time(
    connection: asyncpg.Connection[asyncpg.Record], database: str
) -> None:
    await connection.execute(QUERIES["make_turns"])
    await connection.execute(QUERIES["seed_leads"], 1)
    rate = await pgbench(database, "next_event", clients=4, seconds=1, seed=1, rate=30, leads=1)
    assert await connection.fetchval("SELECT count(*) FROM events") == 32  # eight a client
    assert rate > 0


async def test_pgbench_says_why_it_failed() -> None:
    with pytest.raises(BenchError, match="pgbench failed"):
        await pgbench(NOWHERE, "random_event", clients=1, seconds=1, seed=1)
