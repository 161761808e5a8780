"""The fixtures of conftest.py themselves."""

from __future__ import annotations

import asyncpg


async def test_a_database_has_galope_in_it(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    assert await connection.fetchval("SELECT to_regclass('galope.change_log')") is not None


async def test_an_empty_one_has_not(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    assert await connection.fetchval("SELECT to_regnamespace('galope')") is None
    await connection.close()


async def test_each_has_its_own(
    connection: asyncpg.Connection[asyncpg.Record], empty_database: str
) -> None:
    assert await connection.fetchval("SELECT current_database()") not in empty_database
