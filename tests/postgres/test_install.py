"""Whether the stream can run here, told in one sentence."""

from __future__ import annotations

import random
import re
import string
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from postgres.checks import check
from postgres.connect import OWN, connect
from postgres.errors import GalopeError
from postgres.indexes import build_large
from postgres.install import install, uninstall
from postgres.statements import QUERIES
from tests.postgres.doors import PARTITIONED
from tests.sql.existing import TABLES
from tests.sql.test_schema import catalog
from tests.stream.child import ROOT, child
from tests.stream.replay import (
    How,
    assert_equals_replay,
    drained,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from postgres.connect import Connection


@asynccontextmanager
async def role(dsn: str, connection: Connection) -> AsyncIterator[tuple[str, str]]:
    """Make a role of no rights; yield its name and address."""
    parts = urlsplit(dsn)
    name = parts.path.strip("/").replace("test", "role").replace("empty", "role")
    await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    try:
        yield name, parts._replace(netloc=f"{name}:x@{parts.hostname}:{parts.port}").geturl()
    finally:
        await connection.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


async def test_what_is_installed_can_run(connection: Connection) -> None:
    await check(connection)


async def test_not_installed(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    with pytest.raises(GalopeError, match=r"not installed in database .* --install"):
        await check(connection)
    await connection.close()


@pytest.mark.parametrize(
    "spoil",
    [
        "DROP TRIGGER galope_events_inserted ON events",
        "DROP TRIGGER galope_leads_truncated ON leads",
        "ALTER TABLE leads DISABLE TRIGGER galope_leads_updated",
        "ALTER TABLE events ENABLE REPLICA TRIGGER galope_events_deleted",
        "DROP FUNCTION galope.on_leads_inserted CASCADE",
    ],
)
async def test_missing_triggers(connection: Connection, spoil: str) -> None:
    await connection.execute(spoil)
    with pytest.raises(GalopeError, match=r"Triggers are missing or disabled: galope_.* --install"):
        await check(connection)


@pytest.mark.parametrize(
    "spoil",
    [
        "DROP TABLE galope.lead_state",
        "DROP TABLE galope.change_log",
        "DROP TYPE galope.rescore",
        "DROP TABLE events",
        "DROP TABLE leads CASCADE",
    ],
)
async def test_missing_tables_and_types(connection: Connection, spoil: str) -> None:
    await connection.execute(spoil)
    with pytest.raises(GalopeError, match="--install"):
        await check(connection)


async def test_missing_rights_are_named(database: str, connection: Connection) -> None:
    async with role(database, connection) as (name, address):
        limited = await asyncpg.connect(address)
        with pytest.raises(GalopeError, match=r"may not use .*sql/grants\.sql"):
            await check(limited)
        await connection.execute(f"GRANT USAGE ON SCHEMA galope TO {name}")
        with pytest.raises(GalopeError, match=r"lacks .*SELECT on leads.*sql/grants\.sql"):
            await check(limited)
        await limited.close()


GRANTS = (ROOT / "sql" / "grants.sql").read_text(encoding="utf-8")


async def test_the_rights_asked_for_are_enough(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with role(database, connection) as (name, address):
        await connection.execute(GRANTS.replace(':"role"', name))
        limited = await asyncpg.connect(address)
        await check(limited)
        await limited.execute(QUERIES["ask_for_rebuild"])
        await limited.close()
        async with streaming(address, How(rotate_bytes=0)) as stream:
            await stream.drain()
            await new_event(connection, lead, "cta_click")
            await new_event(connection, lead, "aurora", ago=-10 * 86_400)
            doomed = await new_lead(connection)
            await stream.drain()
            await connection.execute("DELETE FROM leads WHERE id = $1", doomed)
            await stream.tick()
            await connection.execute("TRUNCATE events")
            await stream.tick()
            await stream.tick()
    await assert_equals_replay(connection)


@pytest.mark.parametrize("right", re.findall(r"GRANT (.*?) TO", GRANTS, re.DOTALL))
async def test_every_right_asked_for_is_checked(
    database: str, connection: Connection, right: str
) -> None:
    async with role(database, connection) as (name, address):
        await connection.execute(GRANTS.replace(':"role"', name))
        await connection.execute(f"REVOKE {right} FROM {name}")
        limited = await asyncpg.connect(address)
        with pytest.raises(GalopeError, match=r"sql/grants\.sql"):
            await check(limited)
        await limited.close()


async def test_files_that_messages_name_exist() -> None:
    for source in (ROOT / "stream").glob("*.py"):
        text = source.read_text(encoding="utf-8")
        for name in ("sql/grants.sql", "README.md"):
            assert name not in text or (ROOT / name).exists(), f"{source.name} names {name}"


@pytest.mark.parametrize("argument", [(), ("--check",), ("--rebuild",)], ids=str)
async def test_the_process_says_one_sentence_and_ends(
    empty_database: str, argument: tuple[str, ...]
) -> None:
    async with child(empty_database, *argument) as stream:
        assert await stream.ends() == 1
    assert len(stream.lines) == 1
    assert "not installed" in stream.lines[0]


@pytest.mark.parametrize("argument", ["--install", "--uninstall"])
async def test_without_the_right_to_install(
    database: str, connection: Connection, argument: str
) -> None:
    async with role(database, connection) as (_, address), child(address, argument) as stream:
        assert await stream.ends() == 1
    assert len(stream.lines) == 1, "".join(stream.lines)


async def test_installing_by_the_process(empty_database: str) -> None:
    async with child(empty_database, "--install") as stream:
        assert await stream.ends() == 0
    connection = await asyncpg.connect(empty_database)
    await check(connection)
    async with child(empty_database, "--uninstall") as stream:
        assert await stream.ends() == 0
    assert await connection.fetchval("SELECT to_regnamespace('galope')") is None
    await install(connection)
    await check(connection)
    await connection.close()


@contextmanager
def impatient() -> Iterator[None]:
    """Have installing give up after one short try."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("postgres.install.LOCK_TIMEOUT", "10ms")
        patch.setattr("postgres.install.TRIES", 1)
        patch.setattr("postgres.indexes.LONGEST_BUILD_WAIT", "10ms")
        yield


HOLDING = {
    "a reader": "SELECT FROM leads",
    "a writer": "INSERT INTO leads (nome, segmento_interesse) VALUES ('n', 's')",
    "somebody who prepares": "LOCK TABLE events IN SHARE MODE",
}


@pytest.mark.parametrize("held", HOLDING)
async def test_tables_in_use_are_waited_for_so_long_and_no_longer(
    empty_database: str, held: str
) -> None:
    connection, other = [await asyncpg.connect(empty_database) for _ in range(2)]
    await connection.execute(TABLES)
    before = await catalog(connection)
    transaction = other.transaction()
    await transaction.start()
    await other.execute(HOLDING[held])
    with (
        impatient(),
        pytest.raises(GalopeError, match=rf"in use by process {other.get_server_pid()} .*nothing"),
    ):
        await install(connection)
    assert await catalog(connection) == before
    await transaction.rollback()
    await install(connection)
    await check(connection)
    for one in (connection, other):
        await one.close()


async def test_uninstalling_waits_no_longer_either(database: str, connection: Connection) -> None:
    reader = await asyncpg.connect(database)
    async with reader.transaction():
        await reader.execute("SELECT FROM leads")
        with impatient(), pytest.raises(GalopeError, match="are in use by process"):
            await uninstall(connection)
    await check(connection)
    await reader.close()


async def test_large_tables_are_indexed_beside_their_writers(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postgres.indexes.LARGE", 0)
    connection, writer = [await asyncpg.connect(empty_database) for _ in range(2)]
    await connection.execute(TABLES)
    await connection.execute(LEAD)
    transaction = writer.transaction()
    await install(connection)
    assert await connection.fetchval(INDEXES) == 4
    await connection.execute("DROP INDEX galope_leads_newest")
    await transaction.start()
    await writer.execute(LEAD)
    with (
        impatient(),
        pytest.raises(GalopeError, match=r"index galope_leads_newest could not be.*--install"),
    ):
        await build_large(connection)
    await transaction.rollback()
    await install(connection)
    assert await connection.fetchval(INDEXES) == 4
    for one in (connection, writer):
        await one.close()


LEAD = "INSERT INTO leads (nome, segmento_interesse) VALUES ('n', 's')"
INDEXES = """
    SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid
    WHERE indisvalid AND relname ~ '^galope_'
"""


async def test_large_partitions_are_indexed_one_by_one(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postgres.indexes.LARGE", 0)
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES + PARTITIONED)
    await install(connection)
    assert await connection.fetchval(
        "SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid::regclass::text ~ '^events'"
    )
    assert await connection.fetchval(
        "SELECT count(*) = 2 FROM pg_inherits WHERE inhparent = 'galope_events_lead'::regclass"
    )
    await connection.close()


async def test_an_index_of_an_earlier_release_no_longer_bounds_names(
    connection: Connection,
) -> None:
    await connection.execute("CREATE INDEX galope_leads_name ON leads (lower(nome), created_at)")
    await install(connection)
    await new_lead(connection, "".join(random.Random(1).choices(string.ascii_letters, k=9_000)))  # noqa: S311


async def test_an_index_left_unfinished_is_made_again(
    database: str, connection: Connection
) -> None:
    await connection.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'galope_leads_same'::regclass"
    )
    await install(connection)
    assert await connection.fetchval("SELECT bool_and(indisvalid) FROM pg_index")


async def test_every_table_of_galopes_can_be_replicated(connection: Connection) -> None:
    assert not await connection.fetch(
        "SELECT relname FROM pg_class AS c WHERE relnamespace = 'galope'::regnamespace"
        " AND relkind IN ('r', 'p') AND relreplident <> 'f' AND NOT EXISTS"
        " (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)"
    )


async def test_rows_that_policies_hide_are_not_taken_for_gone(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead)
    await drained(database)
    async with role(database, connection) as (name, address):
        await connection.execute(GRANTS.replace(':"role"', name))
        await connection.execute("ALTER TABLE leads ENABLE ROW LEVEL SECURITY")
        limited = await connect(address, "test", OWN)
        with pytest.raises(GalopeError, match=r"hides rows of leads.*BYPASSRLS"):
            await check(limited)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await limited.execute(QUERIES["forget_missing_leads"])
        await limited.close()
    assert await connection.fetchval("SELECT count(*) FROM galope.score_history")
