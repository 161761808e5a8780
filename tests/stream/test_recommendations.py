"""What is recommended is kept once, where it becomes another action or channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from domain.state import DAY
from postgres.install import install
from tests.postgres.test_mapped_columns import deals, writing
from tests.postgres.test_mapping import new_deal, sales
from tests.stream.replay import Clock, How, drained, new_event, new_lead, send_in_pieces, streaming
from tests.stream.test_recovery import crash_everywhere

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection

__all__ = ["deals", "sales"]

NURTURE = ("nurture", "site")
REPLY = ("reply", "site")
BY_EMAIL = ("reply", "email")


async def recommended(connection: Connection, lead: UUID) -> list[tuple[str, str]]:
    """Return what was recommended for a lead, in order."""
    rows = await connection.fetch(
        "SELECT action, channel FROM galope.score_history"
        " WHERE lead_id = $1 AND action IS NOT NULL ORDER BY id",
        lead,
    )
    return [(row["action"], row["channel"]) for row in rows]


async def test_a_recommendation_is_kept_where_it_becomes_another(
    database: str, connection: Connection
) -> None:
    async with streaming(database) as stream:
        lead = await new_lead(connection)
        await stream.drain()
        for kind in ("page_view", "cta_click", "cta_click"):
            await new_event(connection, lead, kind)
            await stream.drain()
        assert await recommended(connection, lead) == [NURTURE, REPLY]
        await connection.execute("UPDATE leads SET email = 'ana@example.org'")
        await stream.drain()
    assert await recommended(connection, lead) == [NURTURE, REPLY, BY_EMAIL]
    assert await connection.fetchval(
        "SELECT h.action IS NOT NULL AND h.scored_at = l.score_scored_at"
        " FROM galope.score_history AS h JOIN leads AS l ON l.id = h.lead_id"
        " ORDER BY h.id DESC LIMIT 1"
    )
    causes = await connection.fetchval(
        "SELECT array_agg(cause ORDER BY id) FROM galope.score_history WHERE action IS NULL"
    )
    assert causes == ["page_view", "cta_click"]


async def test_what_only_time_makes_another_is_kept_too(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead, "cta_click", ago=2 * DAY - 600)
    async with streaming(database, How(clock=Clock())) as stream:
        await stream.drain()
        stream.clock.ahead = DAY
        await connection.execute("UPDATE galope.lead_state SET rescore_at = now()")
        await stream.tick()
    assert await recommended(connection, lead) == [REPLY, NURTURE]


async def test_a_stream_that_begins_anew_keeps_none_again(
    database: str, connection: Connection
) -> None:
    async with streaming(database) as stream:
        lead = await new_lead(connection)
        await new_event(connection, lead, "cta_click")
        await stream.drain()
    async with streaming(database) as stream:
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        await stream.committer.start_over()
    await drained(database)
    assert await recommended(connection, lead) == [REPLY]


@pytest.mark.parametrize("kind", ["cta_click", "page_view"])
async def test_a_lead_that_somebody_holds_is_told_of_once_it_is_written(
    database: str, connection: Connection, kind: str
) -> None:
    lead = await new_lead(connection)
    other = await asyncpg.connect(database)
    async with streaming(database) as stream:
        await stream.drain()
        async with other.transaction():
            await new_event(connection, lead, kind)
            await other.execute("SELECT FROM leads FOR UPDATE")
            await stream.drain()
            await stream.tick()
            assert await recommended(connection, lead) == [NURTURE]
        await stream.tick()
    await other.close()
    assert await recommended(connection, lead) == [NURTURE, *([REPLY] * (kind == "cta_click"))]


async def test_a_lead_that_is_refused_or_skipped_is_told_of_once_it_is_written(
    database: str, connection: Connection
) -> None:
    await connection.execute(
        """
        ALTER TABLE leads ADD CONSTRAINT none_of_hers CHECK (nome <> 'Refused' OR score IS NULL);
        CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER skip BEFORE UPDATE ON leads FOR EACH ROW WHEN (NEW.nome = 'Skipped')
            EXECUTE FUNCTION skip();
        """
    )
    async with streaming(database) as stream:
        bad = [await new_lead(connection, name) for name in ("Refused", "Skipped")]
        good = await new_lead(connection, "Good")
        await stream.drain()
        assert [await recommended(connection, lead) for lead in bad] == [[], []]
        assert await recommended(connection, good) == [NURTURE]
        await connection.execute(
            "ALTER TABLE leads DROP CONSTRAINT none_of_hers; DROP TRIGGER skip ON leads"
        )
        for lead in bad:
            await new_event(connection, lead)
        await stream.drain()
    assert [await recommended(connection, lead) for lead in bad] == [[NURTURE]] * 2


async def test_of_mapped_rows_it_is_kept_as_the_scores_are(
    empty_database: str, deals: Connection
) -> None:
    """Whoever holds the team's row: what Galope's own table says is what is recommended."""
    await install(deals, writing())
    deal = await new_deal(deals)
    found = "SELECT array_agg(action ORDER BY id) FROM galope.score_history WHERE action <> ''"
    other = await asyncpg.connect(empty_database)
    async with streaming(empty_database) as stream:
        await stream.drain()
        lead = await deals.fetchval("SELECT lead_id FROM galope.score")
        async with other.transaction():
            await other.execute("SELECT FROM sales.deal FOR UPDATE")
            await deals.execute(
                'UPDATE galope.score SET next_action = next_action || \'{"code": "other"}\''
            )
            await deals.execute("INSERT INTO sales.visit (deal, page) VALUES ($1, 'a')", deal)
            await stream.drain()
            await stream.tick()
            assert await recommended(deals, lead) == [NURTURE, NURTURE]
        await stream.tick()
        await stream.committer.start_over()
    await other.close()
    await drained(empty_database)
    assert await deals.fetchval(found) == ["nurture", "nurture"]
    assert await deals.fetchval("SELECT next #>> '{code}' FROM sales.deal") == "nurture"


@pytest.mark.parametrize("piece", [1, 1000], ids=["sent lead by lead", "all at once"])
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_keeps_each_once(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    send_in_pieces(monkeypatch, piece)
    leads: list[UUID] = []

    async def happens() -> None:
        if leads:
            await new_event(connection, leads[-1], "cta_click")
        if len(leads) > 1:
            await connection.execute(
                "UPDATE leads SET email = 'ana@example.org' WHERE id = $1", leads[-2]
            )
        leads.append(await new_lead(connection))

    await crash_everywhere(database, happens)
    assert len(leads) > 10
    for lead in leads[:-2]:
        assert await recommended(connection, lead) == [NURTURE, REPLY, BY_EMAIL]
    assert await recommended(connection, leads[-2]) == [NURTURE, REPLY]
    assert await recommended(connection, leads[-1]) == [NURTURE]


async def test_a_lead_is_gone_with_what_was_recommended(
    database: str, connection: Connection
) -> None:
    async with streaming(database) as stream:
        lead, other = await new_lead(connection), await new_lead(connection, "Bia")
        await stream.drain()
        await connection.execute("SELECT galope.merge_lead($1, $2)", other, lead)
        await stream.drain()
        assert await recommended(connection, lead) == []
        assert await recommended(connection, other) == [NURTURE]
        await connection.execute("SELECT galope.erase(ARRAY[$1::uuid])", other)
        assert await recommended(connection, other) == []
