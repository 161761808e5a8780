"""What each change of the team's tables tells the stream, and that none of them is hindered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from postgres.install import install
from postgres.statements import QUERIES
from stream.listener import CHANNEL
from tests.sql.existing import ROWS, TABLES, WRITES
from tests.stream.replay import assert_equals_replay, drained, new_event, new_lead, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from postgres.connect import Connection


async def told(connection: Connection) -> list[tuple[str, UUID | None, str | None]]:
    """Return what the change log says, and empty it."""
    rows = await connection.fetch("SELECT * FROM galope.change_log ORDER BY id")
    await connection.execute("TRUNCATE galope.change_log")
    return [(row["kind"], row["lead_id"], row["event_type"]) for row in rows]


async def test_each_change_says_what_it_is(connection: Connection) -> None:
    ana, bia = await new_lead(connection), await new_lead(connection)
    assert await told(connection) == [("lead", ana, None), ("lead", bia, None)]
    event = await new_event(connection, ana, "cta_click")
    assert await told(connection) == [("event", ana, "cta_click")]
    await connection.execute("UPDATE events SET lead_id = $1 WHERE id = $2", bia, event)
    assert {one[:2] for one in await told(connection)} == {("rebuild", ana), ("rebuild", bia)}
    await connection.execute("UPDATE leads SET uf = 'MG' WHERE id = $1", ana)
    assert await told(connection) == [("lead", ana, None)]
    await connection.execute("DELETE FROM events WHERE id = $1", event)
    assert await told(connection) == [("rebuild", bia, None)]
    await connection.execute("DELETE FROM leads WHERE id = $1", bia)
    assert set(await told(connection)) == {("gone", bia, None)}
    await connection.execute("TRUNCATE leads CASCADE")
    assert set(await told(connection)) == {("reset", None, None)}


async def test_a_lead_with_another_id_is_gone_and_new(connection: Connection) -> None:
    old = await new_lead(connection)
    await told(connection)
    new = await connection.fetchval("UPDATE leads SET id = gen_random_uuid() RETURNING id")
    assert set(await told(connection)) == {("gone", old, None), ("lead", new, None)}


MOVES = {
    '{"to_stage": "aquecendo"}': "crm_manual_move:AQUECENDO",
    '{"to_stage": null}': "crm_manual_move:UNKNOWN",
    "[]": "crm_manual_move:UNKNOWN",
    "7": "crm_manual_move:UNKNOWN",
    "null": "crm_manual_move:UNKNOWN",
    '{"to_stage": "' + "x" * 99 + '"}': "crm_manual_move:" + "X" * 20,
}


@pytest.mark.parametrize("metadata", MOVES)
async def test_a_move_by_hand_carries_its_stage(connection: Connection, metadata: str) -> None:
    lead = await new_lead(connection)
    await told(connection)
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, metadata) VALUES ($1, 'crm_manual_move', $2)",
        lead,
        metadata,
    )
    assert await told(connection) == [("event", lead, MOVES[metadata])]
    await connection.execute("""UPDATE events SET metadata = '{"to_stage": "INBOX"}'""")
    assert await told(connection) == [("rebuild", lead, None)]


UNHEARD = [
    "UPDATE leads SET score_engine = 'seed', crm_stage = 'AQUECENDO', score_meta = '{}'",
    "UPDATE leads SET next_action_text = 'Call', next_action_date = '2026-01-02'",
    "UPDATE leads SET updated_at = now() + interval '1 day', score_scored_at = now()",
    "UPDATE leads SET uf = uf, nome = nome",
    "UPDATE leads SET uf = 'RJ' WHERE false",
    """UPDATE events SET metadata = '{"utm": "x"}'""",
    "UPDATE events SET event_type = event_type",
    "DELETE FROM events WHERE false",
    "DELETE FROM leads WHERE false",
    "INSERT INTO events (lead_id, event_type) SELECT id, 'x' FROM leads WHERE false",
]


SCORE = ["score = 7", "status = 'AQUECENDO'", "score_motivos = '[]'", "score_probability = 0.5"]


@pytest.mark.parametrize("columns", SCORE)
async def test_a_score_that_somebody_else_wrote_is_heard(
    connection: Connection, columns: str
) -> None:
    lead = await new_lead(connection)
    await told(connection)
    await connection.execute(f"UPDATE leads SET {columns}")
    assert await told(connection) == [("lead", lead, None)]


COLUMN_TYPES = {
    "json": '\'{"a": "\\u0000"}\'',
    "box": "'(1,2),(3,4)'",
    "point": "'(1,2)'",
    "numeric": "1e300",
    "text[]": "'{a,NULL}'",
}


@pytest.mark.parametrize("column_type", COLUMN_TYPES)
async def test_a_column_of_any_type_is_compared(connection: Connection, column_type: str) -> None:
    await connection.execute(f"ALTER TABLE leads ADD COLUMN own {column_type}")
    leads = [await new_lead(connection) for _ in range(2)]
    await told(connection)
    change = f"UPDATE leads SET own = {COLUMN_TYPES[column_type]} WHERE id = $1"
    await connection.execute(change, leads[0])
    assert await told(connection) == [("lead", leads[0], None)]
    await connection.execute(change, leads[0])
    assert await told(connection) == []
    await connection.execute("ALTER TABLE leads DROP COLUMN own")
    await connection.execute("UPDATE leads SET uf = 'MG' WHERE id = $1", leads[1])
    assert await told(connection) == [("lead", leads[1], None)]


@pytest.mark.parametrize("change", UNHEARD)
async def test_what_cannot_change_a_score_says_nothing(connection: Connection, change: str) -> None:
    await new_event(connection, await new_lead(connection))
    await told(connection)
    await connection.execute(change)
    assert await told(connection) == []


async def test_write_backs_say_nothing_but_what_the_team_does_beneath_them_does(
    database: str, connection: Connection
) -> None:
    lead, other = await new_lead(connection), await new_lead(connection, "Other")
    await connection.execute(
        "CREATE FUNCTION beneath() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE leads SET cidade = NEW.score::text WHERE nome = 'Other' AND NEW.nome <> 'Other'; "
        "RETURN NULL; END $$; "
        "CREATE TRIGGER beneath AFTER UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION beneath()"
    )
    async with streaming(database) as stream:
        await stream.drain()
        await told(connection)
        await new_event(connection, lead, "cta_click")
        await stream.consumer.step()
        await stream.consumer.finish()
        assert await told(connection) == [("event", lead, "cta_click"), ("lead", other, None)]


async def test_rolled_back_is_never_said(connection: Connection) -> None:
    lead = await new_lead(connection)
    await told(connection)
    transaction = connection.transaction()
    await transaction.start()
    await new_event(connection, lead)
    await transaction.rollback()
    assert await told(connection) == []


@pytest.mark.parametrize("raised", [True, False], ids=["hand up", "hand down"])
@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO events (lead_id, event_type) SELECT id, 'x' FROM leads",
        "UPDATE leads SET uf = 'MG'",
        "DELETE FROM leads",
        "TRUNCATE leads CASCADE",
    ],
)
async def test_it_is_notified_only_while_that_is_enabled(
    database: str, connection: Connection, change: str, raised: bool
) -> None:
    await new_lead(connection)
    heard: asyncio.Queue[str] = asyncio.Queue()
    stream = await asyncpg.connect(database)
    await stream.execute("SELECT setval('galope.notify_enabled', $1)", int(raised))
    await stream.add_listener(CHANNEL, lambda *_: heard.put_nowait("wake"))
    await stream.add_listener("fence", lambda *_: heard.put_nowait("fence"))
    await connection.execute(change)
    await connection.execute("NOTIFY fence")
    said = [await heard.get()]
    while said[-1] != "fence":
        said.append(await heard.get())
    assert ("wake" in said) == raised
    await stream.close()


@pytest_asyncio.fixture
async def backend(empty_database: str) -> AsyncIterator[tuple[Connection, Connection]]:
    """The existing backend's owner, and its role with no right on Galope's schema."""
    owner = await asyncpg.connect(empty_database)
    await owner.execute(TABLES)
    await owner.execute(ROWS)
    await install(owner)
    name = empty_database.rpartition("/")[2].replace("empty", "role")
    await owner.execute(
        f"CREATE ROLE {name}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}; "
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}"
    )
    writer = await asyncpg.connect(empty_database)
    await writer.execute(f"SET ROLE {name}; SET search_path = public")
    yield owner, writer
    await writer.close()
    await owner.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
    await owner.close()


OF_THE_OWNER = {"add column", "drop column", "truncate restart"}


@pytest.mark.parametrize("write", sorted(WRITES.keys() - OF_THE_OWNER))
async def test_a_role_without_rights_on_galope_writes_as_before(
    backend: tuple[Connection, Connection], empty_database: str, write: str
) -> None:
    owner, writer = backend
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await writer.execute("SELECT count(*) FROM galope.change_log")
    await drained(empty_database)
    await writer.execute(WRITES[write])
    await drained(empty_database)
    await owner.execute("UPDATE leads SET nome = nome || '!'")
    await drained(empty_database)
    await assert_equals_replay(owner)


@pytest.mark.parametrize("write", sorted(OF_THE_OWNER))
async def test_the_owner_goes_on_as_before(
    backend: tuple[Connection, Connection], empty_database: str, write: str
) -> None:
    owner, _ = backend
    await drained(empty_database)
    await owner.execute(WRITES[write])
    await drained(empty_database)
    await assert_equals_replay(owner)


async def test_a_hostile_search_path_fools_nobody(backend: tuple[Connection, Connection]) -> None:
    owner, writer = backend
    await owner.execute("GRANT CREATE ON SCHEMA public TO public")
    await writer.execute(
        "CREATE TEMP TABLE change_log (kind text); "
        "CREATE FUNCTION public.upper(text) RETURNS text LANGUAGE sql AS $$ SELECT 1 / 0 || '' $$; "
        "SET search_path = pg_temp, public, pg_catalog"
    )
    await writer.execute(
        "INSERT INTO public.events (lead_id, event_type) "
        "SELECT id, 'crm_manual_move' FROM public.leads"
    )
    assert await owner.fetchval("SELECT count(*) FROM galope.change_log") == 5


async def test_the_guards_use_indexes(connection: Connection) -> None:
    for name, arguments in {
        "due_leads": "('-infinity', 0, 200)",
        "states": "('{}', 'qualify')",
        "leads_without_state": "('00000000-0000-0000-0000-000000000000', 500)",
    }.items():
        await connection.execute(f"PREPARE {name} AS {QUERIES[name]}")
        await connection.execute(
            "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan"
        )
        plan = await connection.fetch(f"EXPLAIN EXECUTE {name}{arguments}")
        text = "\n".join(row[0] for row in plan)
        assert "Index" in text or "Bitmap" in text
        assert "Seq Scan" not in text, text
