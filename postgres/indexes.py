"""Galope's indexes on the team's tables: made without keeping their writers waiting."""

import re
from typing import NamedTuple

import asyncpg

from postgres.connect import Connection
from postgres.errors import GalopeError, first_line
from postgres.statements import SQL, read

INDEXES = read(SQL / "indexes.sql")
"""The statements of ``sql/indexes.sql``, by the index's name."""

ASKED = read(SQL / "install.sql")
"""The statements of ``sql/install.sql``, by name."""

LARGE = 64 * 2**20
"""Bytes of a table from which an index is built beside its writers; a smaller one takes less than a
second, and is made with everything else or not at all."""

LONGEST_BUILD_WAIT = "30s"
"""How long the building of an index waits for transactions that began before it."""


class _Index(NamedTuple):
    name: str
    statement: str
    table: str
    columns: str


def _indexes() -> list[_Index]:
    indexes = []
    for name, statement in INDEXES.items():
        match = re.search(r"\bON (\w+)\s+(\(.*)", statement, re.DOTALL)
        if match is None:
            message = f"indexes.sql does not say what {name} is on"
            raise ValueError(message)
        indexes.append(_Index(name, statement, match[1], match[2]))
    return indexes


async def missing(connection: Connection) -> list[_Index]:
    """Return the indexes that have to be made, unfit ones of earlier installations included."""
    if await connection.fetchval("SELECT to_regclass('events') IS NULL"):
        return _indexes()
    serves = await connection.fetchval(ASKED["events_index_serves"])
    return [
        index
        for index in _indexes()
        if not (serves and index.name == "galope_events_lead")
        and not await connection.fetchval(ASKED["index_exists"], index.name, index.table)
    ]


async def drop_unfit(connection: Connection) -> None:
    """Drop what interrupted installations left, and what held texts of any length."""
    for row in await connection.fetch(ASKED["unfit_indexes"]):
        await connection.execute(f"DROP INDEX {row['name']}")


async def build_small(connection: Connection) -> None:
    """Build the indexes of small tables, in the transaction under way."""
    for index in await missing(connection):
        if not await _large_parts(connection, index.table):
            await connection.execute(index.statement)


async def build_large(connection: Connection, *, pooled: bool = False) -> None:
    """Build what is still missing, outside a transaction: writers go on meanwhile.

    Parameters
    ----------
    connection
        In no transaction.
    pooled
        Whether the session is a pooler's: it would keep a bound on waiting for whoever is next.

    Raises
    ------
    GalopeError
        When an index can't be built now.
    """
    for index in await missing(connection):
        try:
            if not pooled:
                await connection.execute(f"SET lock_timeout = '{LONGEST_BUILD_WAIT}'")
            for part in await _large_parts(connection, index.table):
                await connection.execute(
                    f"CREATE INDEX CONCURRENTLY {_own_name(index, part)} ON {part} {index.columns}"
                )
            # On a partitioned table this finds those of its partitions, and builds nothing.
            await connection.execute(index.statement)
        except asyncpg.PostgresError as error:
            # What was begun of it is dropped then: it takes the same locks.
            message = (
                f"Galope is installed, but index {index.name} could not be built:"
                f" {first_line(error)}. Run --install again."
            )
            raise GalopeError(message) from error
        finally:
            if not (pooled or connection.is_closed()):
                await connection.execute("RESET lock_timeout")


def _own_name(index: _Index, part: str) -> str:
    """Return the index's name where it is built on the table itself; a partition's has none."""
    return f"IF NOT EXISTS {index.name}" if part.rpartition(".")[2] == index.table else ""


async def _large_parts(connection: Connection, table: str) -> list[str]:
    parts = await connection.fetch(ASKED["parts"], table)
    return [row["name"] for row in parts if row["bytes"] >= LARGE]
