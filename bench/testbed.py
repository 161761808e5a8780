"""What a bench stands on: a database of its own with Galope and seeded leads, and the stream."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import orjson

from bench.heads import declare
from bench.processes import ChildProcess, running
from bench.report import BenchError
from domain.state import LeadState
from local.postgres import throwaway
from postgres.connect import Connection, connect
from postgres.install import install
from postgres.statements import read
from postgres.watched import account_for, watched_now

QUERIES = read(Path(__file__).with_name("queries.sql"))
"""Every statement by name."""

SERVER = {"track_commit_timestamp": "on"}
"""Over Postgres's defaults. Nothing here makes a commit cheaper: fsync stays on."""

LOOK_S = 0.1
"""Seconds between looks at whether the stream is done; what counts are the commits' times."""

PATIENCE_S = 900
"""Seconds after which a stream that is not done never will be."""


@dataclass(frozen=True, slots=True)
class Testbed:
    """A bench's database.

    Parameters
    ----------
    dsn
        Its address.
    connection
        The bench's own connection to it.
    """

    dsn: str
    connection: Connection

    def stream(self, **settings: str) -> AbstractAsyncContextManager[ChildProcess]:
        """Run the stream as a process of its own for the length of a ``with``."""
        return running("stream", self.dsn, **settings)

    async def wait_until_listening(self, stream: ChildProcess) -> None:
        """Wait until the stream has started and asks to be told of changes.

        Raises
        ------
        BenchError
            As of `wait_until_idle`.
        """
        await self._until("notify_is_enabled", stream)

    async def wait_until_idle(self, stream: ChildProcess) -> None:
        """Wait until the stream has nothing left to do.

        Raises
        ------
        BenchError
            When the stream ended, or is not done for a quarter of an hour.
        """
        await self._until("stream_is_idle", stream)

    async def wait_until_looked_again(self, stream: ChildProcess) -> None:
        """Wait until the stream has looked at every lead again, as of `wait_until_idle`."""
        await self._until("looked_again", stream)

    async def _until(self, name: str, stream: ChildProcess) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await asyncio.sleep(LOOK_S)
                    stream.ensure_alive()
                    if await self.ask(name):
                        return
        except TimeoutError as error:
            message = f"The stream is not done after {PATIENCE_S} s. Ask for less, or see its log."
            raise BenchError(message) from error

    async def ask_heads(self, heads: int, **decided: float) -> None:
        """Have so many heads asked of each lead, the primary one included, and this decided."""
        if heads > 1 or any(decided.values()):
            await declare(self.connection, QUERIES["decide"], heads - 1, **decided)

    async def load_leads(self) -> None:
        """Have the stream read every lead once, and stop it."""
        async with self.stream() as stream:
            await self.wait_until_idle(stream)
        await self.vacuum()

    async def vacuum(self) -> None:
        """Do now what autovacuum would do soon."""
        await self.connection.execute("VACUUM ANALYZE")

    async def seed(self, leads: int, events: int) -> None:
        """Add leads and a history of events that no trigger sees, as if Galope came later."""
        async with self.before_galope():
            await self.connection.execute(QUERIES["seed_leads"], leads)
            if events:
                await self.connection.execute(QUERIES["seed_events"], events, leads)
        await self.vacuum()

    @contextlib.asynccontextmanager
    async def before_galope(self) -> AsyncIterator[None]:
        """Write rows within a ``with`` as if they had been there before Galope.

        A stream that found that triggers were disabled would read every lead once more.
        """
        async with self.connection.transaction():
            async with self.without_triggers():
                yield
            tables = await watched_now(self.connection)
            await account_for(self.connection, list(tables.values()))

    @contextlib.asynccontextmanager
    async def without_triggers(self) -> AsyncIterator[None]:
        """Disable Galope's triggers for the length of a ``with``."""
        await self._triggers("DISABLE")
        yield
        await self._triggers("ENABLE")

    async def _triggers(self, action: str) -> None:
        for table in ("leads", "events"):
            await self.connection.execute(f"ALTER TABLE {table} {action} TRIGGER USER")

    async def seconds_streamed(self) -> float:
        """Return how long the running stream took from its first connection to its last commit."""
        return (await self.time("last_score") - await self.time("began")).total_seconds()

    async def events_counted(self) -> int:
        """Return how many events the states hold."""
        states = await self.connection.fetch("SELECT state FROM galope.lead_state")
        folded = (LeadState.from_json(orjson.loads(row["state"])) for row in states)
        return sum(tally.count for state in folded for tally in state.tallies.values())

    async def ensure_counted(self, events: int) -> None:
        """Raise `BenchError` unless the states hold so many events: a wrong answer is not fast."""
        counted = await self.events_counted()
        if counted != events:
            message = f"The states hold {counted} events of {events}: please report this."
            raise BenchError(message)

    async def ensure_scored(self, heads: int) -> None:
        """Raise `BenchError` unless so many heads say something of every lead as it is now."""
        missing = await self.connection.fetchval(QUERIES["heads_missing"], heads - 1)
        if missing:
            message = f"{missing} scores of other heads are missing or old: please report this."
            raise BenchError(message)

    async def ask(self, name: str) -> bool:
        """Return a named statement's yes or no."""
        answer: bool = await self.connection.fetchval(QUERIES[name])
        return answer

    async def time(self, name: str) -> datetime:
        """Return a named statement's time, by the server's clock."""
        answer: datetime = await self.connection.fetchval(QUERIES[name])
        return answer


@contextlib.asynccontextmanager
async def testbed(*, leads: int, events: int) -> AsyncIterator[Testbed]:
    """Yield a database with Galope installed, some leads, and some events already there."""
    async with database() as dsn:
        connection = await connect(dsn, "galope bench")
        try:
            if await connection.fetchval("SHOW track_commit_timestamp") != "on":
                message = (
                    "This server does not keep the times of commits, which are what is measured."
                    " Set track_commit_timestamp = on in its postgresql.conf and restart it,"
                    " or unset DATABASE_URL."
                )
                raise BenchError(message)
            await install(connection)
            bench = Testbed(dsn, connection)
            await bench.seed(leads, events)
            yield bench
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def database() -> AsyncIterator[str]:
    """Yield the address of a new database, gone afterwards.

    It is on the server of ``DATABASE_URL`` where that is set, never in the database named there;
    else on a throwaway Postgres.
    """
    server = os.environ.get("DATABASE_URL")
    if server is None:
        with throwaway(SERVER) as dsn:
            yield dsn
        return
    name = f"galope_bench_{secrets.token_hex(4)}"
    await _execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(dsn: str, statement: str) -> None:
    connection = await connect(dsn, "galope bench")
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        message = (
            f"A bench makes a database on DATABASE_URL's server: {error}. Use a role that may."
        )
        raise BenchError(message) from error
    finally:
        await connection.close()
