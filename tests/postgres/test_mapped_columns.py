"""Columns of mapped tables: ``write = "columns"``, what stood there before, and what changes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from local.postgres import binary
from postgres.checks import check, try_write_back
from postgres.errors import GalopeError
from postgres.install import install, uninstall
from tests.postgres.crms import everything
from tests.postgres.test_install import role
from tests.postgres.test_mapping import mapping, new_deal, sales, tallies
from tests.stream.child import ROOT
from tests.stream.replay import drained, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection
    from postgres.mapping import Mapping

__all__ = ["sales"]

COLUMNS = {
    "score": "Pontos",
    "probability": "chance",
    "status": "band",
    "reasons": "why",
    "next_action": "next",
    "scored_at": "scored",
}


def writing(**changes: Any) -> Mapping:
    """Return a mapping that has scores written to columns of the deals."""
    return mapping({"write": "columns", "columns": COLUMNS, "timezone": "UTC"} | changes)


@pytest_asyncio.fixture
async def deals(sales: Connection) -> Connection:
    """The deals, with columns for scores, which somebody filled in before."""
    await sales.execute("""
        CREATE TYPE sales.band AS ENUM ('CURIOSO', 'AQUECENDO', 'QUALIFICADO', 'hot');
        ALTER TABLE sales.deal ADD "Pontos" numeric(5, 1) DEFAULT 7.5, ADD chance real,
            ADD band sales.band DEFAULT 'hot', ADD why json, ADD next jsonb, ADD scored timestamp;
    """)
    return sales


async def stored(connection: Connection, key: int) -> asyncpg.Record:
    """Return what stands in a deal's columns, and what Galope's own table says."""
    row = await connection.fetchrow(
        'SELECT d."Pontos" AS score, d.chance AS probability, d.band::text AS status, d.why::jsonb,'
        " d.next, d.scored AT TIME ZONE 'UTC' AS scored_at, d.xmin::text AS version,"
        " to_json(s) AS own, s.scored_at AS at"
        " FROM sales.deal AS d JOIN galope.score AS s ON s.key = d.id::text WHERE d.id = $1", key,
    )  # fmt: skip
    assert row is not None
    return row


async def test_scores_stand_in_the_columns(empty_database: str, deals: Connection) -> None:
    await install(deals, writing())
    deal = await new_deal(deals)
    await drained(empty_database)
    row = await stored(deals, deal)
    own = orjson.loads(row["own"])
    assert (row["score"], row["status"]) == (own["score"], own["status"])
    assert row["probability"] == pytest.approx(own["probability"], 1e-6)
    assert (orjson.loads(row["why"]), orjson.loads(row["next"])) == (
        own["reasons"],
        own["next_action"],
    )
    assert row["scored_at"] == row["at"]


async def test_a_score_of_somebody_elses_is_written_over(
    empty_database: str, deals: Connection
) -> None:
    await install(deals, writing())
    deal = await new_deal(deals)
    async with streaming(empty_database) as stream:
        await stream.drain()
        before = await stored(deals, deal)
        await deals.execute('UPDATE sales.deal SET "Pontos" = 99')
        await stream.drain()
        assert (await stored(deals, deal))["score"] == before["score"]
        # Nothing more follows from that.
        await deals.execute("TRUNCATE galope.change_log")
        await stream.drain()
        assert not await deals.fetch("SELECT FROM galope.change_log")


async def test_what_is_unchanged_is_not_written(empty_database: str, deals: Connection) -> None:
    await install(deals, writing())
    deal = await new_deal(deals)
    async with streaming(empty_database) as stream:
        await stream.drain()
        before = await stored(deals, deal)
        await deals.execute("UPDATE galope.lead_state SET rescore_at = now() - interval '1 s'")
        await stream.tick()
        after = await stored(deals, deal)
    assert after["at"] > before["at"]
    assert after["version"] == before["version"]


async def test_what_stood_there_is_given_back(empty_database: str, deals: Connection) -> None:
    await new_deal(deals)
    await deals.execute(
        """INSERT INTO sales.deal ("Pontos", band, why) VALUES (12.5, NULL, '[1]')"""
    )
    before, rows = await everything(deals), await deals.fetch("TABLE sales.deal ORDER BY id")
    await install(deals, writing())
    await drained(empty_database)
    assert await deals.fetch("TABLE sales.deal ORDER BY id") != rows
    await install(deals, writing(profile=[]))
    await drained(empty_database)
    await uninstall(deals)
    assert await deals.fetch("TABLE sales.deal ORDER BY id") == rows
    assert await everything(deals) == before


@pytest.mark.parametrize(
    "other", [{"write": "table", "columns": {}}, {"columns": {"score": "amount"}, "profile": []}]
)
async def test_other_columns_have_the_first_given_back(
    empty_database: str, deals: Connection, other: dict[str, Any]
) -> None:
    await new_deal(deals)
    was = await deals.fetch("SELECT amount, band, chance FROM sales.deal")
    await install(deals, writing())
    await drained(empty_database)
    await install(deals, writing(**other))
    await drained(empty_database)
    now = await deals.fetch("SELECT amount, band, chance FROM sales.deal")
    assert [row["band"] for row in now] == [row["band"] for row in was]
    assert (now[0]["amount"] is None) == ("profile" not in other)
    await uninstall(deals)
    assert await deals.fetch("SELECT amount, band, chance FROM sales.deal") == was


async def test_a_table_that_is_another_one_gets_nothing_back(
    empty_database: str, deals: Connection
) -> None:
    await install(deals, writing())
    await new_deal(deals)
    await drained(empty_database)
    await deals.execute("ALTER TABLE sales.deal DROP COLUMN why")
    await uninstall(deals)
    assert await deals.fetchval("SELECT to_regnamespace('galope') IS NULL")


async def test_a_locked_row_is_written_later(empty_database: str, deals: Connection) -> None:
    await install(deals, writing())
    locked, free = await new_deal(deals), await new_deal(deals)
    other = await asyncpg.connect(empty_database)
    async with streaming(empty_database) as stream:
        lock = other.transaction()
        await lock.start()
        await other.execute("SELECT FROM sales.deal WHERE id = $1 FOR UPDATE", locked)
        await stream.drain()
        assert (await stored(deals, free))["status"] != "hot"
        assert (await stored(deals, locked))["status"] == "hot"
        await lock.rollback()
        await stream.tick()
        assert (await stored(deals, locked))["status"] != "hot"
    await other.close()


async def test_a_trigger_that_logs_each_update_is_no_loop(
    empty_database: str, deals: Connection
) -> None:
    await deals.execute("""
        CREATE FUNCTION sales.logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO sales.visit (deal, page) VALUES (NEW.id, 'updated'); RETURN NULL; END $$;
        CREATE TRIGGER logs AFTER UPDATE ON sales.deal FOR EACH ROW EXECUTE FUNCTION sales.logs();
    """)
    await install(deals, writing())
    deal = await new_deal(deals)
    async with streaming(empty_database) as stream:
        for _ in range(5):
            await stream.drain()
        written = await deals.fetchval("SELECT count(*) FROM sales.visit")
        assert written == 1
        assert await tallies(deals, deal) == {"visit": written}


UNFIT: dict[str, tuple[dict[str, Any], str, str]] = {
    "no such column": (
        {"columns": {"score": "points"}}, "SELECT", "columns.score: .*no column points",
    ),
    "a text": (
        {"columns": {"score": "email"}, "personal": []}, "SELECT",
        "email of .* is text and must be a number",
    ),
    "json in text": (
        {"columns": {"score": "Pontos", "reasons": "email"}, "personal": []}, "SELECT",
        "columns.reasons: email of .* is text and must be jsonb",
    ),
    "generated": (
        {"columns": {"score": "twice"}},
        "ALTER TABLE sales.deal ADD twice numeric GENERATED ALWAYS AS (amount * 2) STORED",
        "twice of .* is generated",
    ),
    "no zone": ({"timezone": None}, "SELECT", r'scored of .*no time zone.*timezone = "UTC"'),
    "a digit": (
        {"columns": {"score": "digit"}}, "ALTER TABLE sales.deal ADD digit numeric(1)",
        r"can't be written to sales\.deal: .*overflow",
    ),
    "too short": (
        {"columns": {"score": "Pontos", "status": "short"}},
        "ALTER TABLE sales.deal ADD short varchar(8)", "can't be written.*too long",
    ),
    "another range": (
        {}, 'ALTER TABLE sales.deal ADD CONSTRAINT ten CHECK ("Pontos" <= 10)', "can't be.*ten",
    ),
    "other words": (
        {"columns": {"score": "Pontos", "status": "mood"}},
        "CREATE TYPE mood AS ENUM ('good'); ALTER TABLE sales.deal ADD mood mood",
        "can't be written.*enum mood",
    ),
    "a rule": (
        {},
        "CREATE TABLE seen (id bigint); CREATE RULE also AS ON UPDATE TO sales.deal"
        " DO ALSO INSERT INTO seen VALUES (NEW.id)",
        "can't be written.*rule",
    ),
    "a trigger that skips": (
        {},
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE TRIGGER skip BEFORE UPDATE ON sales.deal FOR EACH ROW EXECUTE FUNCTION skip()",
        r"A trigger of sales\.deal keeps what.*skip",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT)
async def test_columns_that_cant_be_written_are_refused(deals: Connection, case: str) -> None:
    changes, made, reason = UNFIT[case]
    await new_deal(deals)
    await deals.execute(made)
    before = await everything(deals)
    with pytest.raises(GalopeError, match=reason) as error:
        await install(deals, writing(**changes))
    assert "\n" not in str(error.value)
    assert await everything(deals) == before


@pytest.mark.parametrize("case", ["another range", "a rule", "a trigger that skips"])
async def test_what_comes_later_is_refused_by_check(deals: Connection, case: str) -> None:
    changes, made, reason = UNFIT[case]
    await install(deals, writing(**changes))
    await new_deal(deals)
    await deals.execute(made)
    with pytest.raises(GalopeError, match=reason):
        await try_write_back(deals)


@pytest.mark.parametrize("spoil", ["DROP COLUMN created CASCADE", "RENAME COLUMN amount TO value"])
async def test_a_changed_table_is_told(sales: Connection, spoil: str) -> None:
    await install(sales, mapping())
    await sales.execute(f"ALTER TABLE sales.deal {spoil}")
    with pytest.raises(GalopeError, match=r"subject\.deal\.(created_at|profile): "):
        await check(sales)
    with pytest.raises(GalopeError, match=r"subject\.deal\."):
        await install(sales)


async def test_a_column_of_another_type_is_told(sales: Connection) -> None:
    await install(sales, mapping({"timezone": "UTC", "created_at": "local"}))
    # Postgres would take it for a time of the session's zone.
    await sales.execute("DROP VIEW sales.view; ALTER TABLE sales.deal ALTER local TYPE timestamptz")
    with pytest.raises(GalopeError, match=r"not what they were.*--install"):
        await check(sales)
    await install(sales)
    await check(sales)


async def test_a_column_that_goes_is_told(deals: Connection) -> None:
    await install(deals, writing())
    await deals.execute("ALTER TABLE sales.deal DROP COLUMN why")
    for refused in (check, install):
        with pytest.raises(GalopeError, match=r"deal\.columns\.reasons: .*no column why"):
            await refused(deals)


async def test_a_role_needs_only_the_columns(empty_database: str, deals: Connection) -> None:
    await install(deals, writing())
    deal = await new_deal(deals)
    async with role(empty_database, deals) as (name, address):
        subprocess.run(
            [binary("psql"), empty_database, "-qAtv", "ON_ERROR_STOP=1", "-v", f"role={name}",
             "-f", ROOT / "sql" / "grants_mapped.sql"],
            check=True, capture_output=True,
        )  # fmt: skip
        await drained(address)
        assert (await stored(deals, deal))["status"] != "hot"
        await deals.execute(f"REVOKE UPDATE (why) ON sales.deal FROM {name}")
        limited = await asyncpg.connect(address)
        with pytest.raises(GalopeError, match=r"UPDATE \(why\) on sales\.deal.*grants_mapped"):
            await check(limited)
        await limited.close()
