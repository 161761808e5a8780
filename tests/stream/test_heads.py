"""Heads beside the primary one: they score live, from models of their own, and change nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import orjson
import pytest

from bench.heads import declare, model, others
from bench.testbed import QUERIES as BENCH
from domain.policy import OURS
from online_models.rationale import Rationale
from postgres.model_registry import keep_model, make_champion
from tests.stream.replay import (
    assert_equals_replay,
    assert_history_continues,
    decide,
    drained,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection

DECIDE = BENCH["decide"]

PRIMARY = (
    "SELECT cause, score_before, score_after, status FROM galope.score_history WHERE head = '' "
    "ORDER BY id"
)

SAID = "SELECT head, score, model_version FROM galope.score WHERE lead_id = $1 ORDER BY head"


async def said(connection: Connection, lead: UUID) -> dict[str, tuple[int, int]]:
    """Return score and model version of a lead by head, of those beside the primary one."""
    rows = await connection.fetch(SAID, lead)
    return {row["head"]: (row["score"], row["model_version"]) for row in rows}


async def train(connection: Connection, name: str, *, readable: bool = True) -> int:
    """Give a head a champion, as training does; return its version."""
    policy = OURS.having({"others": [head.to_json() for head in others(3)]}).asking(name)
    async with connection.transaction():
        version = await keep_model(connection, name, model(policy), Rationale("a test's", {}))
        await make_champion(connection, name, version, Rationale("a test's", {}))
        if not readable:
            await connection.execute(
                "UPDATE galope.model_version SET model = '{}' WHERE version = $1", version
            )
    return version


async def test_the_primary_head_is_as_it_would_be_alone(
    database: str, connection: Connection
) -> None:
    histories = []
    for heads in (0, 2):
        await declare(connection, DECIDE, heads)
        lead = await new_lead(connection, prazo_compra="7d")
        async with streaming(database) as stream:
            await stream.drain()
            for kind in ("page_view", "cta_click", "whatsapp_click"):
                await new_event(connection, lead, kind)
                await stream.drain()
        await assert_equals_replay(connection)
        await assert_history_continues(connection)
        histories.append([tuple(row) for row in await connection.fetch(PRIMARY)])
        await connection.execute("TRUNCATE leads CASCADE")
        await drained(database)
        await connection.execute("TRUNCATE galope.score_history")
    assert histories[0] == histories[1] != []


async def test_a_head_scores_from_its_first_model_on(database: str, connection: Connection) -> None:
    leads = [await new_lead(connection, name) for name in ("Ana", "Bia")]
    await decide(connection, others=[head.to_json() for head in others(2)])
    async with streaming(database) as stream:
        await stream.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.score") == 0
        first = await train(connection, "other_1")
        await stream.tick()
        assert [list(await said(connection, lead)) for lead in leads] == [["other_1"]] * 2
        await new_event(connection, leads[0], "cta_click")
        await stream.drain()
        second = await train(connection, "other_1")
        await train(connection, "other_2")
        await stream.tick()
        for lead in leads:
            found = await said(connection, lead)
            assert (list(found), found["other_1"][1]) == (["other_1", "other_2"], second)
        await assert_equals_replay(connection)
        await assert_history_continues(connection)
    assert first < second


async def test_a_restart_scores_nothing_anew(database: str, connection: Connection) -> None:
    await declare(connection, DECIDE, 2)
    await new_lead(connection)
    async with streaming(database) as stream:
        await stream.tick()
    lines = await connection.fetchval("SELECT count(*) FROM galope.score_history")
    async with streaming(database) as stream:
        await stream.tick()
    assert await connection.fetchval("SELECT count(*) FROM galope.score_history") == lines


async def test_a_model_promoted_while_the_stream_stands_still(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 1)
    lead = await new_lead(connection)
    await drained(database)
    version = await train(connection, "other_1")
    async with streaming(database) as stream:
        await stream.tick()
    assert (await said(connection, lead))["other_1"][1] == version


async def test_a_head_that_is_no_longer_asked_is_forgotten(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.tick()
        assert list(await said(connection, lead)) == ["other_1", "other_2"]
        await decide(connection, others=[others(1)[0].to_json()])
        await stream.drain()
        await stream.tick()
        assert list(await said(connection, lead)) == ["other_1"]
        # Its model is taken back: it is asked, and nothing answers.
        async with connection.transaction():
            await make_champion(connection, "other_1", None, Rationale("a test's", {}))
        await stream.tick()
        assert await said(connection, lead) == {}
        await assert_equals_replay(connection)


async def test_a_head_whose_model_cannot_be_read_stops_nothing(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await train(connection, "other_1", readable=False)
        await new_event(connection, lead, "cta_click")
        await stream.tick()
        assert list(await said(connection, lead)) == ["other_2"]
        assert not await stream.model.is_superseded()
        await train(connection, "other_1")
        await stream.tick()
    await assert_equals_replay(connection)
    assert await connection.fetchval("SELECT score FROM leads") == 20


async def test_a_head_falls_due_by_time(database: str, connection: Connection) -> None:
    """The rules do not move with time; the other heads' models do."""
    lead = await new_lead(connection)
    await new_event(connection, lead, "cta_click")
    due = "SELECT extract(epoch FROM rescore_at)::float8 FROM galope.lead_state"
    async with streaming(database) as stream:
        await stream.drain()
        alone = await connection.fetchval(due) - time.time()
    await declare(connection, DECIDE, 2)
    async with streaming(database) as stream:
        await stream.tick()
        before, wait = await said(connection, lead), await connection.fetchval(due) - time.time()
        assert wait < alone / 100
        stream.clock.ahead = wait + 30 * 86_400.0
        await stream.drain()
        after = await said(connection, lead)
    assert all(after[head] != before[head] for head in before)
    causes = await connection.fetch("SELECT head, cause FROM galope.score_history ORDER BY id")
    assert {row["head"] for row in causes if row["cause"] == "time"} == {"", "other_1", "other_2"}


async def test_nothing_of_a_deleted_lead_is_kept(database: str, connection: Connection) -> None:
    await declare(connection, DECIDE, 2)
    lead, other = await new_lead(connection), await new_lead(connection, "Bia")
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("DELETE FROM leads WHERE id = $1", lead)
        await new_event(connection, other)
        await stream.drain()
        for table in ("score", "score_history"):
            left = await connection.fetch(f"SELECT DISTINCT lead_id FROM galope.{table}")
            assert [row["lead_id"] for row in left] == [other]
        await connection.execute("TRUNCATE leads CASCADE")
        await stream.drain()
        assert not await connection.fetch("SELECT FROM galope.score")


async def test_a_lead_that_is_refused_takes_its_heads_along(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    bad = await new_lead(connection, "Má")
    good = await new_lead(connection, "Boa")
    await connection.execute(
        "ALTER TABLE leads ADD CONSTRAINT none_of_hers CHECK (nome <> 'Má' OR score IS NULL)"
    )
    await drained(database)
    assert (await said(connection, bad), list(await said(connection, good))) == (
        {},
        ["other_1", "other_2"],
    )


@pytest.mark.parametrize("signal", ["start", "event:cta_click"])
async def test_what_makes_a_score_is_kept_unrounded(
    database: str, connection: Connection, signal: str
) -> None:
    await declare(connection, DECIDE, 1)
    lead = await new_lead(connection)
    await new_event(connection, lead, "cta_click")
    await drained(database)
    row = await connection.fetchrow(
        "SELECT s.score, s.reasons, h.points FROM galope.score AS s "
        "JOIN galope.score_history AS h USING (lead_id, head) WHERE s.head = 'other_1'"
    )
    assert row is not None
    points = dict(orjson.loads(row["reasons"]))
    assert signal in points
    assert round(sum(points.values())) == row["score"]
    assert orjson.loads(row["points"]) == orjson.loads(row["reasons"])
