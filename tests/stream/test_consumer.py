"""Starting over, emptying the log, changing the model: the states stay what the rows say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg
import orjson
import pytest

from online_models.day_zero import day_zero
from postgres.statements import QUERIES
from stream.consumer import URGENT_LEADS
from stream.due import DUE_LEADS
from tests.stream.replay import (
    Clock,
    How,
    assert_equals_replay,
    assert_history_continues,
    drained,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from typing import Any

    from postgres.connect import Connection
    from tests.stream.replay import Stream

LOST = {
    "cursor missing": "DELETE FROM galope.cursor",
    "cursor of another cluster": "UPDATE galope.cursor SET system_identifier = 1",
    "cursor ahead of the cluster": "UPDATE galope.cursor SET snapshot = '99999999:99999999:'",
    "rebuild asked for": QUERIES["ask_for_rebuild"],
    "states missing": "DELETE FROM galope.lead_state",
    "events truncated": "TRUNCATE events",
    "leads truncated": "TRUNCATE leads CASCADE",
    "all truncated and refilled": (
        "TRUNCATE leads CASCADE; INSERT INTO leads (nome, segmento_interesse) "
        "SELECT 'n', 's' FROM generate_series(1, 3); "
        "INSERT INTO events (lead_id, event_type) SELECT id, 'cta_click' FROM leads"
    ),
    "events emptied in pieces": "DELETE FROM events WHERE event_type = 'page_view'",
    "log emptied": "TRUNCATE galope.change_log",
}

ONLY_AT_START = {
    "cursor missing",
    "cursor of another cluster",
    "cursor ahead of the cluster",
    "states missing",
}
"""What a stream looks for when it starts, and not again."""


async def fill(connection: Connection) -> None:
    """Insert leads and events, some of them out of order."""
    for n in range(4):
        lead = await new_lead(connection, uf="MG")
        for kind in ("page_view", "cta_click", "page_view", "hook_complete"):
            await new_event(connection, lead, kind, ago=(n * 7919) % 5000)


@pytest.mark.parametrize("batch", [1, 3, 1000])
@pytest.mark.parametrize(
    ("lost", "running"),
    [
        (lost, running)
        for lost in LOST
        for running in (True, False)
        if not (running and lost in ONLY_AT_START)
    ],
)
@pytest.mark.no_cover
async def test_what_is_lost_is_read_again_from_the_rows(
    database: str, connection: Connection, lost: str, batch: int, running: bool
) -> None:
    await fill(connection)
    if running:
        async with streaming(database, How(batch)) as stream:
            await stream.drain()
            await connection.execute(LOST[lost])
            await stream.drain()
            await more(connection, stream)
    else:
        await drained(database, How(batch))
        await connection.execute(LOST[lost])
        async with streaming(database, How(batch)) as stream:
            await stream.drain()
            await more(connection, stream)
    await assert_equals_replay(connection)


async def more(connection: Connection, stream: Stream) -> None:
    """Have the leads that are left do something more, and take it."""
    for row in await connection.fetch("SELECT id FROM leads"):
        await new_event(connection, row["id"], "asked_price")
    await fill(connection)
    await stream.drain()


@pytest.mark.parametrize("batch", [1, 4, 1000])
async def test_an_emptied_log_loses_nothing(
    database: str, connection: Connection, batch: int
) -> None:
    clock = Clock()
    late = await asyncpg.connect(database)
    lead = await new_lead(connection)
    async with streaming(database, How(batch, rotate_bytes=0, clock=clock)) as stream:
        for n in range(6):
            transaction = late.transaction()
            await transaction.start()
            await new_event(late, lead, "cta_click")
            for _ in range(3):
                await new_event(connection, lead, "page_view", ago=n)
                clock.ahead += 2
                await stream.consumer.step()
            await transaction.commit()
            clock.ahead += 2
            await stream.consumer.step()
        await stream.drain()
        clock.ahead += 2
        await stream.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.change_log") == 0
        await new_event(connection, lead, "page_view")
        await stream.drain()
    await late.close()
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


@pytest.mark.parametrize(("batch", "batch_leads"), [(1, 1), (2, 7), (7, 2), (1000, 1), (1000, 7)])
async def test_small_pages_and_a_small_cache_lose_nothing(
    database: str, connection: Connection, batch: int, batch_leads: int
) -> None:
    leads = [await new_lead(connection, str(n)) for n in range(30)]
    async with streaming(database, How(batch, batch_leads, batch_leads + 200 + 500)) as stream:
        for _ in range(4):
            for lead in leads:
                await new_event(connection, lead, "page_view")
            stream.clock.ahead += 2
            await stream.drain()
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


async def promote(connection: Connection, model: Any) -> int:
    """Store a model and make it the champion; return its version."""
    version: int = await connection.fetchval(
        QUERIES["store_model"], "qualify", orjson.dumps(model).decode(), "{}", "a test", "{}"
    )
    await connection.execute(QUERIES["retire_champion"], "qualify")
    await connection.execute(QUERIES["promote"], version, "a test", "{}")
    return version


SCORED_WITH = (
    "SELECT array_agg(DISTINCT (score_meta ->> 'model_version')::int) AS version, "
    "array_agg(DISTINCT score) AS score FROM leads"
)


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
async def test_a_promoted_model_scores_every_lead_anew(
    database: str, connection: Connection, running: bool
) -> None:
    leads = 2 * DUE_LEADS + 50
    await connection.execute(
        "INSERT INTO leads (nome, segmento_interesse) "
        "SELECT 'Lead ' || n, 'CAVALOS' FROM generate_series(1, $1) AS n",
        leads,
    )
    model = day_zero().to_json()
    model["intercept"] += 1.0
    async with streaming(database) as stream:
        await stream.drain()
        version = await promote(connection, model)
        if running:
            await stream.tick()
            await stream.tick()
    if not running:
        async with streaming(database) as stream:
            await stream.drain()
            await stream.tick()
    found = await connection.fetchrow(SCORED_WITH)
    assert found is not None
    assert (found["version"], found["score"] > [0]) == ([version], True)
    rescored = "SELECT count(*) FROM galope.score_history WHERE model_version = $1"
    assert await connection.fetchval(rescored, version) == leads


@pytest.mark.parametrize(
    "model", [{}, [], None, {"format": 99}, {"format": 1}, {"format": 1, "knots": 3}], ids=str
)
@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
async def test_a_model_that_cannot_be_read_stops_nothing(
    database: str, connection: Connection, model: Any, running: bool
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        if running:
            await promote(connection, model)
            await new_event(connection, lead, "cta_click")
            await stream.tick()
    if not running:
        await promote(connection, model)
        async with streaming(database) as stream:
            await new_event(connection, lead, "cta_click")
            await stream.tick()
    await assert_equals_replay(connection)
    assert await connection.fetchval("SELECT score FROM leads") == 20


async def test_a_score_due_by_time_is_given_and_not_before(
    database: str, connection: Connection
) -> None:
    await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        due = await connection.fetchval(
            "SELECT extract(epoch FROM rescore_at)::float8 FROM galope.lead_state"
        )
        for ahead, lines in ((due - time.time() - 5, 1), (due - time.time() + 5, 2)):
            stream.clock.ahead = ahead
            await stream.drain()
            count = "SELECT count(*) FROM galope.score_history"
            assert await connection.fetchval(count) == lines
    assert await connection.fetchval(
        "SELECT array_agg(cause ORDER BY id) FROM galope.score_history"
    ) == ["rebuild", "time"]


async def test_a_write_back_wakes_nobody(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead, "cta_click")
    async with streaming(database) as stream:
        await stream.drain()
        count = "SELECT count(*) FROM galope.change_log"
        assert await connection.fetchval(count) == 2
        assert not await stream.consumer.step()


async def test_a_repeated_delete_and_insert_of_one_lead(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database, How(batch=1)) as stream:
        for _ in range(3):
            await new_event(connection, lead, "cta_click")
            await stream.consumer.step()
            await connection.execute("DELETE FROM leads")
            await connection.execute(
                "INSERT INTO leads (id, nome, segmento_interesse) VALUES ($1, 'A', 'B')", lead
            )
            await stream.consumer.step()
            await new_event(connection, lead, "page_view")
        await stream.drain()
    await assert_equals_replay(connection)


async def test_nothing_of_a_deleted_lead_is_kept(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead, "aurora", ago=-10 * 86_400)
    await connection.execute(
        "INSERT INTO galope.outcome VALUES ($1, 'qualify', true, now(), 'handoff')", lead
    )
    async with streaming(database) as stream:
        await stream.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.dead_letter") == 1
        await connection.execute("DELETE FROM leads")
        await stream.drain()
    for table in ("lead_state", "score_history", "outcome", "dead_letter"):
        assert await connection.fetchval(f"SELECT count(*) FROM galope.{table}") == 0


async def test_a_page_that_is_full_to_the_last_change_leaves_no_window_open(
    database: str, connection: Connection
) -> None:
    async with streaming(database, How(batch=3)) as stream:
        for _ in range(3):
            await new_lead(connection)
        await stream.consumer.step()
        await stream.consumer.finish()
        position, _ = await stream.committer.position()
        assert position.window is None
        assert await connection.fetchval("SELECT count(*) FROM galope.lead_state") == 3


@pytest.mark.parametrize("batch", [1, 2, 3, 1000])
@pytest.mark.parametrize("late", ["event", "deletion"])
async def test_a_log_emptied_after_a_page_loses_nothing_committed_since(
    database: str, connection: Connection, batch: int, late: str
) -> None:
    """The position of the last look may be older than what the log holds when it is emptied."""
    kept, doomed = await new_lead(connection), await new_lead(connection)
    async with streaming(database, How(batch, rotate_bytes=0)) as stream:
        await stream.drain()
        for _ in range(6):
            await new_event(connection, kept)
            await stream.consumer.step()
        await stream.consumer.finish()
        position, _ = await stream.committer.position()
        if late == "event":
            await new_event(connection, kept, "cta_click")
        else:
            await connection.execute("DELETE FROM leads WHERE id = $1", doomed)
        assert not await stream.committer.empty_log(position)
        await stream.tick()
        await stream.tick()
    await assert_equals_replay(connection)


async def test_an_event_moved_before_it_was_taken_is_not_lost(
    database: str, connection: Connection
) -> None:
    """Its page says that its lead is gone; that it went to another lead comes pages later."""
    kept = await new_lead(connection)
    await drained(database)
    merged = await new_lead(connection)
    await new_event(connection, merged, "cta_click")
    for _ in range(5):
        await new_event(connection, kept)
    await connection.execute("UPDATE events SET lead_id = $1 WHERE lead_id = $2", kept, merged)
    await connection.execute("DELETE FROM leads WHERE id = $1", merged)
    await drained(database, How(batch=2))
    await assert_equals_replay(connection)
    assert await connection.fetchval("SELECT count(*) FROM galope.dead_letter") == 0


BULK = {
    "profiles": "UPDATE leads SET uf = 'SP'",
    "events": "UPDATE events SET ts = ts - interval '1 hour'",
}


@pytest.mark.parametrize("changed", BULK)
@pytest.mark.parametrize("cached", [1, 100_000])
@pytest.mark.parametrize("killed", [True, False], ids=["killed", "running"])
@pytest.mark.no_cover
async def test_what_happens_goes_before_what_was_changed_in_bulk(
    database: str, connection: Connection, *, changed: str, cached: int, killed: bool
) -> None:
    await connection.execute(
        "INSERT INTO leads (nome, segmento_interesse) "
        "SELECT 'Lead ' || n, 'CAVALOS' FROM generate_series(1, $1) AS n",
        3 * URGENT_LEADS,
    )
    await connection.execute(
        "INSERT INTO events (lead_id, event_type) SELECT id, 'page_view' FROM leads"
    )
    await drained(database)
    last = await connection.fetchval("SELECT id FROM leads ORDER BY id DESC LIMIT 1")
    async with streaming(database, How(cached=cached)) as stream:
        await connection.execute(BULK[changed])
        await stream.consumer.step()
        await new_event(connection, last, "cta_click")
        await stream.consumer.step()
        await stream.consumer.finish()
        score = await connection.fetchval("SELECT score FROM leads WHERE id = $1", last)
        assert score == (25 if changed == "profiles" else 20)
        waiting = await connection.fetchval(
            "SELECT count(*) FROM leads LEFT JOIN galope.lead_state AS s ON s.lead_id = leads.id "
            "WHERE rescore_at = 'epoch' OR rescore_at IS NULL"
        )
        assert waiting >= URGENT_LEADS
        if not killed:
            await stream.drain()
    await drained(database)
    await assert_equals_replay(connection)
    await assert_history_continues(connection)
