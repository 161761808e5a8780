"""Putting Galope on a database and taking it off again leaves the team's things as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest_asyncio

from postgres.checks import check
from postgres.install import install, uninstall
from tests.sql.existing import ROWS, TABLES
from tests.stream.replay import assert_equals_replay, drained, new_event, new_lead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from postgres.connect import Connection

CATALOG = """
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'galope')),
     mine AS (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours))
SELECT 'column', attrelid::text, attname || ' ' || format_type(atttypid, atttypmod)
    || attnotnull::text || coalesce(pg_get_expr(adbin, adrelid), '')
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT oid FROM mine WHERE relkind = 'r')
UNION ALL
SELECT 'relation', oid::text, relname FROM mine
UNION ALL
SELECT 'trigger', oid::text, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
UNION ALL
SELECT 'function', oid::text, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT 'index', indexrelid::text, pg_get_indexdef(indexrelid) || indisvalid::text
FROM pg_index WHERE indexrelid IN (SELECT oid FROM mine)
UNION ALL
SELECT 'constraint', oid::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ours)
"""

COLUMNS = """
SELECT attrelid::regclass::text AS name,
       string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
FROM pg_attribute
WHERE attnum > 0 AND NOT attisdropped
  AND attrelid = ANY ('{leads, events, partners, lead_notes}'::regclass[])
GROUP BY attrelid
"""


async def catalog(connection: Connection) -> set[tuple[Any, ...]]:
    """Return everything there is in the team's and Galope's schemas."""
    async with connection.transaction():
        await connection.execute("SET LOCAL search_path = ''")  # so that all names are written out
        return {tuple(row) for row in await connection.fetch(CATALOG)}


async def contents(connection: Connection, columns: dict[str, str]) -> dict[str, list[Any]]:
    """Return the rows of the team's tables, of the columns they had."""
    return {
        table: [
            tuple(row) for row in await connection.fetch(f"SELECT {names} FROM {table} ORDER BY 1")
        ]
        for table, names in columns.items()
    }


async def columns_of(connection: Connection) -> dict[str, str]:
    """Return the columns of the team's tables."""
    return {row["name"]: row["columns"] for row in await connection.fetch(COLUMNS)}


@pytest_asyncio.fixture
async def existing(empty_database: str) -> AsyncIterator[Connection]:
    """A database of the existing backend's, with rows."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES)
    await connection.execute(ROWS)
    yield connection
    await connection.close()


async def test_applied_twice_it_changes_nothing(connection: Connection) -> None:
    before = await catalog(connection)
    await install(connection)
    assert await catalog(connection) == before
    assert len(before) > 100


async def test_applied_twice_to_what_exists_it_changes_nothing(existing: Connection) -> None:
    await install(existing)
    before = await catalog(existing)
    await install(existing)
    assert await catalog(existing) == before
    await check(existing)


async def test_rows_and_own_columns_are_left_alone(existing: Connection) -> None:
    columns = await columns_of(existing)
    before = await contents(existing, columns)
    await install(existing)
    assert await contents(existing, columns) == before
    assert await existing.fetchval("SELECT count(*) FROM galope.change_log") == 0


async def test_what_exists_is_scored(existing: Connection, empty_database: str) -> None:
    await install(existing)
    await drained(empty_database)
    await assert_equals_replay(existing)
    assert await existing.fetchval("SELECT array_agg(DISTINCT score) FROM leads") == [5]
    assert await existing.fetchval("SELECT bool_and(next_action_text = 'Call') FROM leads")


async def test_taken_off_everything_is_as_it_was(existing: Connection, empty_database: str) -> None:
    columns = await columns_of(existing)
    before_catalog = await catalog(existing)
    before = await contents(existing, columns)
    await install(existing)
    await uninstall(existing)
    assert await catalog(existing) == before_catalog
    assert await contents(existing, columns) == before
    await uninstall(existing)
    await install(existing)
    await drained(empty_database)
    await assert_equals_replay(existing)
    await uninstall(existing)
    assert await catalog(existing) == before_catalog


async def test_what_people_wrote_survives_taking_it_off(
    empty_database: str, existing: Connection
) -> None:
    await existing.execute(
        "ALTER TABLE leads DROP COLUMN next_action_text, DROP COLUMN next_action_date, "
        "DROP COLUMN next_action_time, DROP COLUMN crm_stage"
    )
    await install(existing)
    mine, free = [row["id"] for row in await existing.fetch("SELECT id FROM leads LIMIT 2")]
    await drained(empty_database)
    await existing.execute(
        "UPDATE leads SET next_action_text = 'Call', next_action_date = '2026-01-02', "
        "next_action_time = NULL WHERE id = $1",
        mine,
    )
    await new_event(existing, mine, "next_action_saved")
    await drained(empty_database)
    await uninstall(existing)
    rows = await existing.fetch("SELECT id, next_action_text, next_action_date FROM leads")
    left = {row["id"]: row["next_action_text"] for row in rows}
    assert (left.pop(mine), set(left.values())) == ("Call", {None})
    assert free in left
    names = (await columns_of(existing))["leads"].split(", ")
    assert not {"next_action_time", "next_best_action", "score_meta", "crm_stage"} & set(names)


async def test_a_moved_suggestion_survives_taking_it_off(
    database: str, connection: Connection
) -> None:
    await new_lead(connection)
    await drained(database)
    await connection.execute("UPDATE leads SET next_action_date = '2031-01-02'")
    await uninstall(connection)
    assert await connection.fetchval("SELECT next_action_date::text FROM leads") == "2031-01-02"


async def test_indexes_that_serve_are_not_made_again(existing: Connection) -> None:
    await existing.execute("CREATE INDEX own ON events (lead_id, event_type)")
    await install(existing)
    assert await existing.fetchval("SELECT to_regclass('galope_events_lead')") is None


async def test_a_partial_index_does_not_serve(existing: Connection) -> None:
    await existing.execute("CREATE INDEX own ON events (lead_id) WHERE event_type = 'handoff'")
    await install(existing)
    assert await existing.fetchval("SELECT to_regclass('galope_events_lead')") is not None
