"""What the change log can't tell: triggers that were away, tables that came or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from postgres.install import install
from postgres.mapping import Mapping
from stream.watch import Watch
from tests.postgres.doors import PARTITIONED
from tests.postgres.test_doors import MAPPED
from tests.sql.existing import TABLES
from tests.stream.replay import (
    ALL_COUNTED,
    assert_equals_replay,
    drained,
    new_event,
    new_lead,
    stored,
    streaming,
)

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection
    from tests.stream.replay import Stream


async def looked(dsn: str, stream: Stream) -> None:
    """Look at the catalogue once, and take what is found to have been missed."""
    await Watch(lambda: asyncpg.connect(dsn), lambda: stream.consumer.behind).look()
    await stream.drain()


async def problem(connection: Connection) -> str | None:
    """Return what is said to be in the stream's way."""
    said: str | None = await connection.fetchval("SELECT problem FROM galope.cursor")
    return said


UNSEEN = {
    "disabled for a moment": (
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "ALTER TABLE events ENABLE TRIGGER ALL;"
        "ALTER TABLE events ENABLE ALWAYS TRIGGER galope_events_inserted",
    ),
    "dropped": ("DROP TRIGGER galope_events_inserted ON events", ""),
    "disabled": ("ALTER TABLE events DISABLE TRIGGER galope_events_inserted", ""),
    "renamed": ("ALTER TABLE events RENAME ts TO at", "ALTER TABLE events RENAME at TO ts"),
    "dropped and made again": (
        "DROP FUNCTION galope.on_events_inserted CASCADE;DROP FUNCTION galope.on_truncated CASCADE",
        "",
    ),
}
"""What hides changes, and how it ends; else by installing again."""


@pytest.mark.parametrize("how", UNSEEN)
async def test_changes_that_went_unseen_are_made_up_for(
    database: str, connection: Connection, how: str
) -> None:
    hide, show = UNSEEN[how]
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await looked(database, stream)
        assert await problem(connection) is None
        await connection.execute(hide)
        await connection.execute(
            "INSERT INTO events (lead_id, event_type) VALUES ($1, 'cta_click')", lead
        )
        await stream.drain()
        await looked(database, stream)
        assert "DISABLE TRIGGER ALL" in hide or await problem(connection)
        assert not await connection.fetchval(ALL_COUNTED)
        if show:
            await connection.execute(show)
        await install(connection)
        await looked(database, stream)
        assert await problem(connection) is None
        assert await connection.fetchval(ALL_COUNTED)
        await assert_equals_replay(connection)


async def test_installing_again_makes_nothing_up(database: str, connection: Connection) -> None:
    await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await install(connection)
        await looked(database, stream)
    assert await connection.fetchval("SELECT count(*) FROM galope.score_history") == 1


async def test_a_table_that_took_anothers_place(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute(
            "ALTER TABLE events RENAME TO events_old;"
            "CREATE TABLE public.events (LIKE events_old INCLUDING ALL)"
        )
        await new_event(connection, lead, "cta_click")
        await looked(database, stream)
        assert "galope_events_inserted" in str(await problem(connection))
        await install(connection)
        await looked(database, stream)
        await assert_equals_replay(connection)


async def test_a_replication_role_hides_nothing(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await connection.execute("SET session_replication_role = replica")
        await new_event(connection, lead)
        await stream.drain()
        assert await connection.fetchval(ALL_COUNTED)


UNCOUNTED = {
    "an event": "INSERT INTO events (lead_id, event_type) VALUES ('{lead}', 'cta_click')",
    "a deleted event": "DELETE FROM events WHERE lead_id = '{lead}'",
    "a moved event": "UPDATE events SET lead_id = '{other}'",
    "a lead": "INSERT INTO leads (nome, segmento_interesse) VALUES ('Bia', 'CAVALOS')",
    "a deleted lead": "DELETE FROM leads WHERE id = '{other}'",
}
"""What is written where no trigger fires, and the catalogue tells of nothing."""


@pytest.mark.parametrize("what", UNCOUNTED)
@pytest.mark.parametrize("page", [1, 1_000])
async def test_what_no_trigger_and_no_catalogue_tells_is_counted(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, what: str, page: int
) -> None:
    monkeypatch.setattr("stream.watch.COUNTED", page)
    lead, other = await new_lead(connection), await new_lead(connection)
    await new_event(connection, lead)
    # As after a bulk load: enabled, but not always.
    await connection.execute(
        "ALTER TABLE events ENABLE TRIGGER ALL; ALTER TABLE leads ENABLE TRIGGER ALL"
    )
    async with streaming(database) as stream:
        await stream.drain()
        await looked(database, stream)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(UNCOUNTED[what].format(lead=lead, other=other))
        await stream.drain()
        with pytest.raises(AssertionError):
            await assert_equals_replay(connection)
        await looked(database, stream)
        await assert_equals_replay(connection)


ASKED_FOR = "SELECT count(*) FROM galope.change_log WHERE kind IN ('rebuild', 'gone')"


async def test_what_is_still_to_be_taken_is_not_missed(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, ts) VALUES"
        " ($1, 'x', '1999-12-31'), ($1, 'x', 'infinity'), ($1, 'x', '2999-01-01')",
        lead,
    )
    async with streaming(database) as stream:
        assert stream.consumer.behind
        await looked(database, stream)
        assert not stream.consumer.behind
        await new_event(connection, lead)
        gone, _ = await new_lead(connection), await new_lead(connection)
        await connection.execute("DELETE FROM leads WHERE id = $1", gone)
        await looked(database, stream)
        await looked(database, stream)
    assert await connection.fetchval(ASKED_FOR) == 1  # the trigger's


async def test_machines_events_are_accounted_for(database: str, connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO galope.policy (policy, made_by) VALUES ($1, 'test')",
        '{"leave_out_machines": true}',
    )
    lead = await new_lead(connection)
    await connection.execute(
        "INSERT INTO events (lead_id, event_type) SELECT $1, 'x' FROM generate_series(1, 25)", lead
    )
    async with streaming(database) as stream:
        await stream.drain()
        await looked(database, stream)
    assert await connection.fetchval(ASKED_FOR) == 0


async def test_rows_of_mapped_tables_are_counted_too(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES)
    await install(connection, Mapping.model_validate(MAPPED))
    lead = await new_lead(connection)
    await new_event(connection, lead)
    await connection.execute("ALTER TABLE events ENABLE TRIGGER ALL")
    async with streaming(empty_database) as stream:
        await stream.drain()
        await looked(empty_database, stream)
        await connection.execute("SET session_replication_role = replica")
        await new_event(connection, lead)
        await looked(empty_database, stream)
        assert [state.count for state in (await stored(connection)).values()] == [2]
    await connection.close()


async def partitioned(dsn: str) -> tuple[Connection, UUID]:
    """Install beside partitioned events; return a connection and a lead of one event."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLES + PARTITIONED)
    await install(connection)
    lead = await new_lead(connection)
    await new_event(connection, lead)
    return connection, lead


DIRECTLY = (
    "INSERT INTO events_2026 (lead_id, event_type, ts) VALUES ($1, 'cta_click', '2026-02-03')"
)


async def test_what_is_written_straight_into_a_partition(empty_database: str) -> None:
    connection, lead = await partitioned(empty_database)
    async with streaming(empty_database) as stream:
        await stream.drain()
        await connection.execute(DIRECTLY, lead)
        await stream.drain()
        assert await connection.fetchval(ALL_COUNTED)
        await connection.execute("DELETE FROM events_2026")
        await stream.drain()
        assert await connection.fetchval(ALL_COUNTED)
        await looked(empty_database, stream)
    await assert_equals_replay(connection)
    await connection.close()


async def test_a_detached_partition_tells_of_nothing_once_installed_again(
    empty_database: str,
) -> None:
    connection, lead = await partitioned(empty_database)
    async with streaming(empty_database) as stream:
        await stream.drain()
        await connection.execute("ALTER TABLE events DETACH PARTITION events_2026")
        await install(connection)
        await connection.execute(DIRECTLY, lead)
        await looked(empty_database, stream)
        await assert_equals_replay(connection)
    await connection.close()


async def test_partitions_that_come_and_go(empty_database: str) -> None:
    connection, lead = await partitioned(empty_database)
    await connection.execute(DIRECTLY, lead)
    other = await new_lead(connection)
    await drained(empty_database)
    async with streaming(empty_database) as stream:
        await connection.execute(
            "CREATE TABLE events_2025 (LIKE events INCLUDING ALL);"
            f"INSERT INTO events_2025 (lead_id, event_type, ts)"
            f" VALUES ('{other}', 'x', '2025-01-02');"
            "ALTER TABLE events ATTACH PARTITION events_2025"
            " FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
        )
        await looked(empty_database, stream)
        assert await connection.fetchval(ALL_COUNTED)
        rebuilt = "SELECT count(*) FROM galope.score_history WHERE cause = 'rebuild'"
        before = await connection.fetchval(rebuilt)
        await connection.execute("ALTER TABLE events DETACH PARTITION events_2025")
        await looked(empty_database, stream)
        assert await connection.fetchval(rebuilt) <= before + 1
        await assert_equals_replay(connection)
        await connection.execute("DROP TABLE events_2026")
        await looked(empty_database, stream)
        await assert_equals_replay(connection)
    await connection.close()
