"""Postgres, from a request's side: a pool, statements by name, and a bound on waiting."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self, cast

import asyncpg

from postgres.checks import check
from postgres.connect import Connection, connect
from postgres.statements import QUERIES, SQL, read


def like_pattern(text: str | None) -> str | None:
    r"""Return the pattern of what holds a text, or None where it has neither letter nor digit.

    Examples
    --------
    >>> like_pattern("100%")
    '%100\\%%'
    >>> like_pattern("%")
    """
    if not text or not any(letter.isalnum() for letter in text):
        return None
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


STATEMENTS = QUERIES | read(*(SQL / "api").glob("*.sql"))
"""Every statement that requests use, by name."""

SERVER = {"timezone": "UTC", "jit": "off"}
"""Settings of the pool's connections."""


class Database:
    """A pool of connections that comes back by itself when Postgres does.

    Parameters
    ----------
    url
        Its address.
    size
        Connections at the most; none is opened before it is wanted.
    patience
        Seconds that one use may take, waiting for a connection included.
    settings
        Of its connections, over `SERVER`.
    """

    def __init__(
        self, url: str, size: int, patience: float, settings: Mapping[str, str] | None = None
    ) -> None:
        async def opened(*_: Any, **__: Any) -> Connection:
            return await connect(url, "galope api", SERVER | dict(settings or {}))

        async def untouched(_: Any) -> None:
            """No statement of the API's leaves anything to reset: it saves a round trip."""

        self._patience = patience
        self._pool = asyncpg.create_pool(min_size=0, max_size=size, connect=opened, reset=untouched)

    async def __aenter__(self) -> Self:
        await self._pool
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection.

        Raises
        ------
        TimeoutError
            When what is done with it, or waiting for it, takes longer than the patience.
        """
        async with (
            asyncio.timeout(self._patience),
            self._pool.acquire(timeout=self._patience) as connection,
        ):
            yield cast("Connection", connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection inside a transaction."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, name: str, *values: Any) -> list[asyncpg.Record]:
        """Return the rows of a named statement."""
        async with self.connection() as connection:
            return await connection.fetch(STATEMENTS[name], *values)

    async def fetchrow(self, name: str, *values: Any) -> asyncpg.Record | None:
        """Return the first row of a named statement."""
        async with self.connection() as connection:
            return await connection.fetchrow(STATEMENTS[name], *values)

    async def fetchval(self, name: str, *values: Any) -> Any:
        """Return the first value of a named statement."""
        async with self.connection() as connection:
            return await connection.fetchval(STATEMENTS[name], *values)


@asynccontextmanager
async def checked(url: str, name: str) -> AsyncIterator[Connection]:
    """Open one connection to a database that the API can work on, and close it.

    Parameters
    ----------
    url, name
        As of `connect`.

    Raises
    ------
    GalopeError
        When it can't be had, or Galope is not installed as it should be.
    """
    connection = await connect(url, name)
    try:
        await check(connection, as_stream=False)
        yield connection
    finally:
        await connection.close()
