"""Beside any schema: right, or refused in one sentence with nothing left behind."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from postgres.checks import check, try_write_back
from postgres.connect import OWN, connect
from postgres.errors import GalopeError
from postgres.install import install
from tests.postgres.doors import DOORS
from tests.sql.existing import TABLES
from tests.stream.replay import ALL_COUNTED, drained

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from postgres.connect import Connection

CATALOG = """
WITH theirs AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)')
SELECT 'schema', nspname::text, '' FROM pg_namespace WHERE oid IN (SELECT oid FROM theirs)
UNION ALL
SELECT 'column', attrelid::text, attname || ' ' || format_type(atttypid, atttypmod)
FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE attnum > 0 AND NOT attisdropped AND relnamespace IN (SELECT oid FROM theirs)
UNION ALL
SELECT 'relation', oid::text, relname || relkind::text FROM pg_class
WHERE relnamespace IN (SELECT oid FROM theirs)
UNION ALL
SELECT 'trigger', oid::text, tgname || tgenabled::text FROM pg_trigger
UNION ALL
SELECT 'function', oid::text, proname FROM pg_proc WHERE pronamespace IN (SELECT oid FROM theirs)
UNION ALL
SELECT 'constraint', oid::text, conname FROM pg_constraint
WHERE connamespace IN (SELECT oid FROM theirs)
"""
"""Everything there is in a database, but for what Postgres brings."""


async def catalog(connection: Connection) -> set[tuple[Any, ...]]:
    """Return everything there is in a database."""
    return {tuple(row) for row in await connection.fetch(CATALOG)}


OWNED = """
DO $$
DECLARE
    owned record;
BEGIN
    FOR owned IN
        SELECT c.oid::regclass::text AS name, c.relkind FROM pg_class AS c
        WHERE c.relnamespace IN (to_regnamespace('public'), to_regnamespace('crm'))
          AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {role}', owned.name);
    END LOOP;
    IF to_regnamespace('crm') IS NOT NULL THEN
        ALTER SCHEMA crm OWNER TO {role};
    END IF;
END
$$;
"""


@asynccontextmanager
async def beside(dsn: str, made: str) -> AsyncIterator[tuple[str, Connection]]:
    """Make a database that an ordinary role owns; yield the role's address, and a superuser."""
    connection = await asyncpg.connect(dsn)
    parts = urlsplit(dsn)
    name = parts.path.strip("/")
    role = name.replace("empty", "owner")
    await connection.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO {role};"
        f'GRANT ALL ON DATABASE "{name}" TO {role};'
    )
    try:
        await connection.execute(TABLES)
        await connection.execute(made.replace("{role}", role))
        await connection.execute(OWNED.replace("{role}", role))
        yield (
            parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl(),
            connection,
        )
    finally:
        await connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
        await connection.close()


LEAD = "INSERT INTO leads (nome, segmento_interesse) VALUES ('Ana', 'CAVALOS') RETURNING id"

RIGHT = {name: door for name, door in DOORS.items() if not door.said}
REFUSED = {name: door for name, door in DOORS.items() if door.said}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_in_one_sentence_with_nothing_left_behind(
    empty_database: str, name: str
) -> None:
    door = REFUSED[name]
    async with beside(empty_database, door.made) as (address, connection):
        # Where a lead can be written at all, there is one to try a score on.
        with suppress(asyncpg.PostgresError):
            await connection.execute(
                "INSERT INTO leads (nome, segmento_interesse) VALUES ('A', 'B')"
            )
        before = await catalog(connection)
        installing = await connect(address, "test", OWN)
        with pytest.raises(GalopeError, match=door.said) as error:
            await install(installing)
        await installing.close()
        assert "\n" not in str(error.value)
        assert await catalog(connection) == before


@pytest.mark.parametrize("name", RIGHT)
async def test_right_beside(empty_database: str, name: str) -> None:
    async with beside(empty_database, RIGHT[name].made) as (address, connection):
        lead = await connection.fetchval(LEAD)
        event = "INSERT INTO events (lead_id, event_type) VALUES ($1, 'page_view')"
        await connection.execute(event, lead)
        installing = await connect(address, "test", OWN)
        await install(installing)
        await install(installing)
        await check(installing)
        await try_write_back(installing)
        await installing.close()
        await drained(address)
        await connection.execute(event, lead)
        await connection.execute(event, lead)
        await drained(address)
        assert await connection.fetchval(ALL_COUNTED)
        assert await connection.fetchval("SELECT score FROM leads WHERE id = $1", lead) > 0
