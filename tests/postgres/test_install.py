"""Whether the stream can run here, told in one sentence."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from postgres.checks import check
from postgres.errors import GalopeError
from postgres.install import install
from postgres.statements import QUERIES
from tests.stream.child import ROOT, child
from tests.stream.replay import How, assert_equals_replay, new_event, new_lead, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
