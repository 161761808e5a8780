"""Beside any schema: right, or refused in one sentence with nothing left behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from local.places import temporary_folder
from local.postgres import running
from postgres.checks import check, try_write_back
from postgres.connect import OWN, connect
from postgres.errors import GalopeError
from postgres.install import install, uninstall
from postgres.mapping import Mapping
from stream.__main__ import check_all
from tests.postgres.doors import DOORS, MAPPED_DOORS, WRITTEN_DOORS
from tests.sql.existing import TABLES
from tests.stream.replay import ALL_COUNTED, drained
from tests.stream.test_main import restart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
    # Without "$user": the superuser of the tests is called as Galope's schema.
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "public"})
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


NOT_LATER = {"schema galope is somebody else's", "leads.status is an enum"}
"""What can't come once Galope is installed: Postgres refuses it."""


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in NOT_LATER])
@pytest.mark.no_cover
async def test_what_comes_later_is_refused_by_check(empty_database: str, name: str) -> None:
    door = REFUSED[name]
    async with beside(empty_database, "SELECT") as (address, connection):
        installing = await connect(address, "test", OWN)
        await install(installing)
        await installing.close()
        role = urlsplit(address).username or ""
        await connection.execute(door.made.replace("{role}", role))
        await connection.execute(OWNED.replace("{role}", role))
        with suppress(asyncpg.PostgresError):
            await connection.execute(LEAD)
        checking = await connect(address, "test", OWN)
        with pytest.raises(GalopeError, match=door.said) as error:
            await check_all(checking)
        await checking.close()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.no_cover
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


MAPPED: dict[str, Any] = {
    "subject": {
        "lead": {
            "table": "leads",
            "key": "id",
            "created_at": "created_at",
            "profile": ["uf"],
            "personal": ["nome"],
        }
    },
    "source": [
        {"table": "events", "subject": {"lead": "lead_id"}, "at": "ts", "type": "event_type"}
    ],
}
WRITTEN = MAPPED | {
    "subject": {
        "lead": MAPPED["subject"]["lead"] | {"write": "columns", "columns": {"score": "score"}}
    }
}
BESIDE_MAPPED = {
    f"{kind}: {name}": (said, door)
    for kind, said, doors in (
        ("read", MAPPED, MAPPED_DOORS),
        ("written", WRITTEN, WRITTEN_DOORS),
    )
    for name, door in doors.items()
}
ANEW = "(Triggers are missing|not what they were when).*Run: python -m stream --install"
"""What is said of tables made anew, and of columns of other types: installing says why."""

ALL_FOLDED = """
    SELECT (SELECT count(*) FROM events) = coalesce(sum((tally.value ->> 0)::int), 0)
    FROM galope.lead_state, json_each(state -> 'tallies') AS tally
"""


@pytest.mark.parametrize("name", BESIDE_MAPPED)
@pytest.mark.no_cover
async def test_beside_mapped_tables(empty_database: str, name: str) -> None:
    said, door = BESIDE_MAPPED[name]
    mapping = Mapping.model_validate(said)
    event = "INSERT INTO events (lead_id, event_type) VALUES ($1, 'page_view')"
    async with beside(empty_database, door.made) as (address, connection):
        lead = await connection.fetchval(LEAD)
        await connection.execute(event, lead)
        before = await catalog(connection)
        installing = await connect(address, "test", OWN)
        if door.said:
            with pytest.raises(GalopeError, match=door.said) as error:
                await install(installing, mapping)
            assert "\n" not in str(error.value)
            assert await catalog(connection) == before
        else:
            await install(installing, mapping)
            await install(installing)
            await check_all(installing)
            await drained(address)
            await connection.execute(event, lead)
            await connection.execute(event, lead)
            await drained(address)
            assert await connection.fetchval(ALL_FOLDED)
            score = await connection.fetchval("SELECT score FROM galope.score")
            assert score > 0
            if said is WRITTEN:
                assert await connection.fetchval("SELECT score FROM leads") == score
            await uninstall(installing)
        await installing.close()


@pytest.mark.parametrize("name", [name for name, (_, door) in BESIDE_MAPPED.items() if door.said])
async def test_what_comes_later_beside_mapped_tables(empty_database: str, name: str) -> None:
    said, door = BESIDE_MAPPED[name]
    async with beside(empty_database, "SELECT") as (address, connection):
        installing = await connect(address, "test", OWN)
        await install(installing, Mapping.model_validate(said))
        await installing.close()
        role = urlsplit(address).username or ""
        await connection.execute(door.made.replace("{role}", role))
        await connection.execute(OWNED.replace("{role}", role))
        await connection.execute(LEAD)
        checking = await connect(address, "test", OWN)
        with pytest.raises(GalopeError, match=f"{door.said}|{ANEW}") as error:
            await check_all(checking)
        await checking.close()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("mapped", [False, True])
async def test_tables_that_a_subscription_fills_are_refused(
    connection: Connection, *, mapped: bool
) -> None:
    if mapped:
        await install(connection, Mapping.model_validate(MAPPED))
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "CREATE SUBSCRIPTION theirs CONNECTION 'dbname=x' PUBLICATION everything"
        " WITH (connect = false, slot_name = NONE, enabled = false);"
        "INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)"
        " SELECT oid, 'events'::regclass, 'r' FROM pg_subscription"
    )
    with pytest.raises(GalopeError, match=r"A subscription fills (public\.)?events"):
        await check(connection)
    await transaction.rollback()


@pytest.mark.postgres
async def test_a_standby_is_refused() -> None:
    with temporary_folder(in_memory=True) as folder, running(folder / "pgdata") as dsn:
        connection = await asyncpg.connect(dsn)
        await install(connection)
        await connection.close()
        (folder / "pgdata" / "standby.signal").touch()
        await asyncio.to_thread(restart, folder / "pgdata", "fast")
        connection = await asyncpg.connect(dsn)
        for refused in (check, install):
            with pytest.raises(GalopeError, match="This server is a standby"):
                await refused(connection)
        await connection.close()


async def test_a_prepared_transaction_that_holds_the_tables_is_named() -> None:
    parameters = {"max_prepared_transactions": "2"}
    with (
        temporary_folder(in_memory=True) as folder,
        running(folder / "pgdata", parameters=parameters) as dsn,
    ):
        connection = await asyncpg.connect(dsn)
        await connection.execute(TABLES)
        before = await catalog(connection)
        await connection.execute("BEGIN; SELECT FROM leads; PREPARE TRANSACTION 'theirs'")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("postgres.install.LOCK_TIMEOUT", "10ms")
            patch.setattr("postgres.install.TRIES", 1)
            with pytest.raises(GalopeError, match="in use by a prepared transaction"):
                await install(connection)
        assert await catalog(connection) == before
        await connection.execute("COMMIT PREPARED 'theirs'")
        await install(connection)
        lead = await connection.fetchval(LEAD)
        await connection.execute(
            f"BEGIN; INSERT INTO events (lead_id, event_type) VALUES ('{lead}', 'page_view');"
            "PREPARE TRANSACTION 'later'"
        )
        await drained(dsn)
        await connection.execute("COMMIT PREPARED 'later'")
        await drained(dsn)
        assert await connection.fetchval(ALL_COUNTED)
        await connection.close()


async def test_where_time_outs_cant_be_set_short_ones_are_refused(
    database: str, connection: Connection
) -> None:
    await connection.execute(LEAD)
    pooled = await connect(f"{database}?pgbouncer=true", "test", OWN)
    await try_write_back(pooled)
    await pooled.execute("SET statement_timeout = '100ms'")
    with pytest.raises(GalopeError, match=r"may take 100 ms.*SET statement_timeout = 0"):
        await try_write_back(pooled)
    await pooled.close()
