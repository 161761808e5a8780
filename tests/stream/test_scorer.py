"""From a page of changes to a batch: each event folded once, and what can't be is set aside."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest

from domain import scoring
from stream import scorer
from stream.commit import Commit
from tests.stream.replay import (
    How,
    assert_equals_replay,
    assert_history_continues,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from domain.scoring import Scored
    from domain.state import LeadState
    from postgres.connect import Connection
    from stream.reads import LeadReading
    from stream.trainer import Trained


@pytest.mark.parametrize("batch", [1, 2, 20_000])
async def test_an_event_committed_between_the_page_and_the_rows_is_folded_once(
    database: str, connection: Connection, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with streaming(database, How(batch)) as stream:
        lead = await new_lead(connection)
        read = stream.reads.leads

        async def late(lead_ids: Sequence[UUID], head: str) -> dict[UUID, LeadReading | None]:
            if lead in lead_ids:
                await new_event(connection, lead, "cta_click")
                await new_event(connection, lead, "page_view")
            return await read(lead_ids, head)

        monkeypatch.setattr(stream.reads, "leads", late)
        await stream.consumer.step()
        monkeypatch.undo()
        await stream.drain()
        await assert_equals_replay(connection)
        await new_event(connection, lead, "page_view")
        await stream.drain()
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


TIMES = {
    "year 1": ("0001-01-01", "before the year 2000"),
    "year 9999": ("9999-12-31", "in the future"),
    "infinity": ("infinity", "in the future"),
    "-infinity": ("-infinity", "before the year 2000"),
    "BC": ("4713-01-02 BC", "before the year 2000"),
    "next week": ("now() + '7 days'", "in the future"),
    "the last Postgres has": ("294276-12-31", "in the future"),
    "1999": ("1999-12-31 23:59:59+00", "before the year 2000"),
}


def moment(text: str) -> str:
    return text if text.startswith("now()") else f"'{text}'"


@pytest.mark.parametrize("known", [True, False], ids=["lead known", "lead new"])
@pytest.mark.parametrize(("at", "why"), TIMES.values(), ids=TIMES)
async def test_an_absurd_time_is_set_aside_and_the_rest_scored(
    database: str, connection: Connection, at: str, why: str, known: bool
) -> None:
    lead, other = await new_lead(connection), await new_lead(connection)
    async with streaming(database) as stream:
        if known:
            await stream.drain()
        absurd = await connection.fetchval(
            "INSERT INTO events (lead_id, event_type, ts) "
            f"VALUES ($1, 'cta_click', {moment(at)}) RETURNING id",
            lead,
        )
        await new_event(connection, lead, "hook_complete")
        await new_event(connection, other, "cta_click")
        await stream.drain()
        await connection.execute("UPDATE leads SET cidade = 'Uberaba' WHERE id = $1", lead)
        await connection.execute("UPDATE events SET event_type = 'x' WHERE id <> $1", absurd)
        await stream.drain()
    letter = await connection.fetchrow("SELECT * FROM galope.dead_letter")
    assert letter is not None
    assert (letter["event_id"], letter["lead_id"]) == (absurd, lead)
    assert why in letter["reason"]
    await assert_equals_replay(connection)


async def test_events_without_a_time_or_a_lead_are_borne(
    database: str, connection: Connection
) -> None:
    await connection.execute(
        "ALTER TABLE events ALTER ts DROP NOT NULL, ALTER lead_id DROP NOT NULL"
    )
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute(
            "INSERT INTO events (lead_id, event_type, ts) VALUES ($1, 'cta_click', NULL), "
            "(NULL, 'cta_click', now()), ($1, 'page_view', now())",
            lead,
        )
        await stream.drain()
    assert await connection.fetchval("SELECT reason FROM galope.dead_letter") == (
        "the event has no time"
    )
    await assert_equals_replay(connection)


TYPES = ["", " ", "x" * 1_000_000, "a|b@c:d%s{0}{name}", "Ação—☃️\u202e", "\x01\x7f", "'; DROP"]


@pytest.mark.parametrize("event_type", TYPES, ids=[repr(kind[:9]) for kind in TYPES])
async def test_any_event_type_is_folded(
    database: str, connection: Connection, event_type: str
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, lead, event_type)
        await new_event(connection, lead, f"crm_manual_move:{event_type}")
        await stream.drain()
    await assert_equals_replay(connection)


METADATA = {
    "megabytes": '{"to_stage": "' + "x" * 5_000_000 + '"}',
    "array": "[1, [2, [3]]]",
    "string": '"to_stage"',
    "number": "-1e300",
    "null": "null",
    "missing": None,
    "true": "true",
    "not text": '{"to_stage": {"to_stage": 1}}',
    "unusual": '{"to_stage": "\\u0007çă☃"}',
}


@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA)
async def test_any_metadata_is_borne(
    database: str, connection: Connection, metadata: str | None
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        for kind in ("crm_manual_move", "cta_click"):
            await connection.execute(
                "INSERT INTO events (lead_id, event_type, metadata) VALUES ($1, $2, $3)",
                lead,
                kind,
                metadata,
            )
        await stream.drain()
    await assert_equals_replay(connection)


ANSWERS: dict[str, tuple[str, Any]] = {
    "emoji": ("text", "👩‍👩‍👧‍👦🏇"),
    "right to left": ("text", "\u202eabc\u2066"),
    "combining": ("text", "Sa\u0303o Paulo" + "\u0301" * 30),
    "ligature": ("text", "ﷺ"),
    "controls": ("text", "\x01\x02\x1b[31m"),
    "escape": ("text", "\\u0000 \\ud800 {0} %s"),
    "blank": ("text", " \u00a0\u2003 "),
    "megabytes": ("text", "ã" * 2_000_000),
    "huge": ("numeric", Decimal("1e400")),
    "hugely negative": ("numeric", Decimal("-1e400")),
    "tiny": ("numeric", Decimal("1e-400")),
    "not a number": ("numeric", Decimal("NaN")),
    "infinite": ("double precision", inf),
    "not a double": ("double precision", nan),
    "large integer": ("bigint", 2**63 - 1),
    "false": ("boolean", False),
    "bytes": ("bytea", b"\x00\xff"),
    "list": ("text[]", ["a", None]),
    "object": ("jsonb", '{"a": {"b": [1]}}'),
    "json": ("json", '{"a": 1e400}'),
    "json with NUL": ("json", '{"a": "\\u0000"}'),
    "json with half a pair": ("json", '{"a": "\\ud800"}'),
    "BC": ("date", None),
}


@pytest.mark.parametrize(("column", "value"), ANSWERS.values(), ids=ANSWERS)
async def test_any_answer_is_borne(
    database: str, connection: Connection, column: str, value: Any
) -> None:
    await connection.execute(f'ALTER TABLE leads ADD COLUMN "Resposta|1@x" {column}')
    async with streaming(database) as stream:
        other = await new_lead(connection)
        lead = await new_lead(connection)
        await stream.drain()
        await connection.execute(
            'UPDATE leads SET "Resposta|1@x" = $2, cidade = $3 WHERE id = $1', lead, value, "Itu"
        )
        if column == "date":
            await connection.execute("""UPDATE leads SET "Resposta|1@x" = '0044-03-15 BC'""")
        await new_event(connection, lead)
        await new_event(connection, other)
        await stream.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.dead_letter") == 0
        await connection.execute("UPDATE leads SET uf = 'MG'")
        await stream.drain()
    if column != "json":
        await assert_equals_replay(connection)


@pytest.mark.parametrize("created_at", ["infinity", "-infinity", "0001-01-01", "9999-01-01"])
async def test_a_lead_of_any_age_is_scored(
    database: str, connection: Connection, created_at: str
) -> None:
    async with streaming(database) as stream:
        lead = await connection.fetchval(
            "INSERT INTO leads (nome, segmento_interesse, created_at) "
            f"VALUES ('Ana', 'CAVALOS', '{created_at}') RETURNING id"
        )
        other = await new_lead(connection)
        await new_event(connection, lead, "cta_click")
        await new_event(connection, other, "cta_click")
        await stream.drain()
    rows = await connection.fetch("SELECT score FROM leads")
    assert [row["score"] for row in rows] == [20, 20]


@pytest.mark.parametrize("batch", [1, 2, 20_000])
async def test_an_event_whose_lead_is_gone_is_set_aside(
    database: str, connection: Connection, batch: int
) -> None:
    await connection.execute("ALTER TABLE events DROP CONSTRAINT events_lead_id_fkey")
    other = await new_lead(connection)
    async with streaming(database, How(batch)) as stream:
        lead = await new_lead(connection)
        await stream.drain()
        await connection.execute("DELETE FROM leads WHERE id = $1", lead)
        await stream.drain()
        orphan = await new_event(connection, lead)
        await new_event(connection, other)
        await stream.drain()
        await stream.tick()
    letter = await connection.fetchrow("SELECT * FROM galope.dead_letter")
    assert letter is not None
    assert (letter["event_id"], letter["reason"]) == (orphan, "the event's lead does not exist")
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


@pytest.mark.parametrize("batch", [1, 2, 20_000])
async def test_an_event_right_after_its_leads_deletion_brings_nothing_back(
    database: str, connection: Connection, batch: int
) -> None:
    await connection.execute("ALTER TABLE events DROP CONSTRAINT events_lead_id_fkey")
    lead = await new_lead(connection)
    async with streaming(database, How(batch)) as stream:
        await stream.drain()
        await connection.execute("DELETE FROM leads WHERE id = $1", lead)
        for _ in range(3):
            await new_event(connection, lead)
        await stream.drain()
        await stream.tick()
        assert await connection.fetchval("SELECT count(*) FROM galope.lead_state") == 0
        assert await connection.fetchval("SELECT count(*) FROM galope.score_history") == 0
        await stream.tick()
        assert await connection.fetchval("SELECT count(*) FROM galope.score_history") == 0


@pytest.mark.parametrize("batch", [1, 2, 20_000])
async def test_a_lead_deleted_while_its_events_are_taken(
    database: str, connection: Connection, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, other = await new_lead(connection), await new_lead(connection)
    async with streaming(database, How(batch)) as stream:
        await stream.drain()
        for _ in range(3):
            await new_event(connection, lead, "cta_click")
            await new_event(connection, other, "cta_click")
        finish = Commit.finish

        async def too_late(commit: Commit, trained: Trained) -> int:
            await connection.execute("DELETE FROM leads WHERE id = $1", lead)
            return await finish(commit, trained)

        monkeypatch.setattr(Commit, "finish", too_late)
        await stream.consumer.step()
        await stream.consumer.finish()
        monkeypatch.undo()
        await stream.drain()
        await stream.tick()
    await assert_equals_replay(connection)
    assert await connection.fetchval("SELECT count(*) FROM galope.dead_letter") == 0
    assert await connection.fetchval("SELECT score FROM leads") == 20


@pytest.mark.parametrize("state", ['{"made": "up"}', "[]", "null", '{"tallies": 3}'])
async def test_an_unreadable_state_is_read_anew(
    database: str, connection: Connection, state: str
) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead)
    async with streaming(database) as stream:
        await stream.drain()
    await connection.execute("UPDATE galope.lead_state SET state = $1", state)
    await new_event(connection, lead)
    async with streaming(database) as stream:
        await stream.drain()
    await assert_equals_replay(connection)


async def test_a_lead_that_cannot_be_scored_is_set_aside(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [await new_lead(connection) for _ in range(3)]
    async with streaming(database, How(batch=2)) as stream:
        await stream.drain()
        for lead in leads:
            await new_event(connection, lead, "cta_click")
        score = scoring.score_lead

        def fails(state: LeadState, *asked: Any) -> Scored:
            if "curse" in state.tallies:
                raise ZeroDivisionError
            return score(state, *asked)

        await new_event(connection, leads[1], "curse")
        await new_event(connection, leads[1], "page_view")
        monkeypatch.setattr(scorer, "score_lead", fails)
        await stream.drain()
        assert await connection.fetchval(
            "SELECT array_agg(score ORDER BY created_at) FROM leads"
        ) in ([20, 0, 20], [20, 20, 20])
        assert "not scored" in await connection.fetchval(
            "SELECT string_agg(reason, '') FROM galope.dead_letter"
        )
        monkeypatch.undo()
        await new_event(connection, leads[1], "page_view")
        await stream.drain()
    await assert_equals_replay(connection)


@pytest.mark.parametrize("batch", [1, 10, 1000])
async def test_event_time_scores_each_lead_as_of_its_latest_event(
    database: str, connection: Connection, batch: int
) -> None:
    leads = [await new_lead(connection, cidade=str(n)) for n in range(5)]
    for n in range(60):
        await new_event(connection, leads[n % 5], ("page_view", "cta_click")[n % 2], ago=1e7 - n)
    async with streaming(database, How(batch, by_event_time=True)) as stream:
        for n in range(60):
            await new_event(connection, leads[n % 5], "hook_complete", ago=1e6 - n * 7)
            if n % 7 == 0:
                await stream.consumer.step()
        await stream.drain()
    await assert_equals_replay(connection)
    for row in await connection.fetch(
        "SELECT score_scored_at, (SELECT max(ts) FROM events WHERE lead_id = leads.id) AS latest, "
        "(SELECT rescore_at FROM galope.lead_state WHERE lead_id = leads.id)::text FROM leads"
    ):
        assert row["score_scored_at"] == row["latest"]
        assert row["rescore_at"] == "infinity"


BROKEN = r"""
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
UPDATE leads SET cidade = '\xff'::bytea::text WHERE nome = 'Bia';
INSERT INTO events (lead_id, event_type) SELECT id, 'page_view' FROM leads;
"""


async def test_a_text_that_is_none_is_one_leads_defect(
    database: str, connection: Connection
) -> None:
    leads = [await new_lead(connection, name) for name in ("Ana", "Bia", "Caio")]
    async with streaming(database) as stream:
        for _ in range(2):
            await connection.execute(BROKEN)
            await stream.drain()
            await connection.execute("DROP CAST (bytea AS text)")
    scored = [row["lead_id"] for row in await connection.fetch("SELECT * FROM galope.lead_state")]
    assert sorted(scored) == sorted([leads[0], leads[2]])
    why = await connection.fetchval("SELECT DISTINCT reason FROM galope.dead_letter")
    assert why == "its rows can't be read"
    await connection.execute("UPDATE leads SET cidade = NULL")
    async with streaming(database) as stream:
        await stream.drain()
    await assert_equals_replay(connection)
