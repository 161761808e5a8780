"""Beside the product whose database it is: each of its writes, replayed as SQL, and what follows.

Galope's score wins, at once and for good; what people and the product wrote stays theirs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from postgres.install import install, uninstall
from tests.sql.existing import TABLES
from tests.stream.replay import (
    DAY,
    assert_equals_replay,
    drained,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from postgres.connect import Connection

PRODUCTS_COLUMNS = """
ALTER TABLE leads
    ADD COLUMN next_action_at timestamptz, ADD COLUMN score_model_name text,
    ADD COLUMN score_probability double precision, ADD COLUMN score_scored_at timestamptz,
    ADD COLUMN score_meta jsonb
"""

CONFIRMED = ("budget_confirmed", "timeline_confirmed", "need_confirmed")


@pytest_asyncio.fixture
async def product(empty_database: str) -> AsyncIterator[Connection]:
    """The product's own database, as it is when Galope comes; nothing is installed yet."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES)
    await connection.execute(PRODUCTS_COLUMNS)
    yield connection
    await connection.close()


async def row_of(connection: Connection, lead: UUID) -> dict[str, Any]:
    row = await connection.fetchrow("SELECT * FROM leads WHERE id = $1", lead)
    assert row is not None
    return dict(row)


async def apply_rule(connection: Connection, lead: UUID, code: str, points: int) -> None:
    """What the product's rule engine does: points on the score, status and stage by the band."""
    await connection.execute(
        """
        UPDATE leads SET
            score = least(greatest(coalesce(score, 0) + $2, 0), 100), updated_at = now(),
            status = CASE WHEN coalesce(score, 0) + $2 >= 40 THEN 'AQUECENDO' ELSE 'CURIOSO' END,
            crm_stage = CASE WHEN coalesce(score, 0) + $2 >= 40 THEN 'AQUECENDO' ELSE 'INBOX' END,
            score_meta = coalesce(score_meta, '{}') || jsonb_build_object(
                'crm_signals', coalesce(score_meta -> 'crm_signals', '{}')
                               || jsonb_build_object($3::text, true),
                'crm_rule_engine', jsonb_build_object('last_rule', $3::text, 'delta', $2::int)
            )
        WHERE id = $1
        """,
        lead,
        points,
        code,
    )
    await new_event(connection, lead, code)


async def score_call(connection: Connection, lead: UUID, score: int, status: str) -> None:
    """What the product's score call does: its own score, status, reasons and engine."""
    await connection.execute(
        """
        UPDATE leads SET score = $2, status = $3, score_motivos = '[{"fator": "ml", "impacto": 1}]',
            score_engine = 'ml', score_model_name = 'forest', score_probability = 0.62,
            score_scored_at = now(), updated_at = now()
        WHERE id = $1
        """,
        lead,
        score,
        status,
    )


async def move(connection: Connection, lead: UUID, stage: str, score: int) -> None:
    """What the product does when a person moves a card."""
    await connection.execute(
        """
        UPDATE leads SET crm_stage = $2, status = $2, score = $3, updated_at = now(),
            score_meta = coalesce(score_meta, '{}') || '{"crm_manual_move": {"by": "ana"}}'
        WHERE id = $1
        """,
        lead,
        stage,
        score,
    )
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, metadata) "
        "VALUES ($1, 'crm_manual_move', jsonb_build_object('to_stage', $2::text))",
        lead,
        stage,
    )


async def save_action(connection: Connection, lead: UUID, *values: Any) -> None:
    """What the product does when a person saves a next action: the columns, then the event."""
    await connection.execute(
        "UPDATE leads SET next_action_text = $2, next_action_date = $3, next_action_time = $4, "
        "next_action_at = ($3::date + $4::time) AT TIME ZONE 'America/Sao_Paulo' WHERE id = $1",
        lead,
        *values,
    )
    await new_event(connection, lead, "next_action_saved")


ACTION = ("next_action_text", "next_action_date", "next_action_time")


async def test_its_rule_engine_freezes_no_lead(database: str, connection: Connection) -> None:
    lead = await new_lead(connection, orcamento_faixa="60k+", prazo_compra="7d", uf="MG")
    async with streaming(database) as stream:
        await stream.drain()
        for code in CONFIRMED:
            await apply_rule(connection, lead, code, 10)
            await stream.drain()
    row = await row_of(connection, lead)
    assert (row["crm_stage"], row["status"], row["score"]) == ("AQUECENDO", "QUALIFICADO", 90)
    assert "equipe" not in row["score_motivos"]
    meta = json.loads(row["score_meta"])
    assert meta["crm_signals"] == dict.fromkeys(CONFIRMED, True)
    assert meta["crm_rule_engine"]["last_rule"] == CONFIRMED[-1]
    assert meta["model_version"] == 0
    await assert_equals_replay(connection)


async def test_its_score_call_is_answered_at_once_and_only_once(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead, "cta_click")
    async with streaming(database) as stream:
        await stream.drain()
        before = await row_of(connection, lead)
        for _ in range(3):
            await score_call(connection, lead, 62, "AQUECENDO")
            await stream.drain()
            after = await row_of(connection, lead)
            for column in ("score", "status", "score_motivos", "score_engine", "score_model_name"):
                assert after[column] == before[column]
        lines = await connection.fetchval("SELECT count(*) FROM galope.score_history")
        await stream.drain()
        await stream.tick()
        assert lines == await connection.fetchval("SELECT count(*) FROM galope.score_history")
    await assert_equals_replay(connection)


async def test_a_trigger_that_answers_every_score_with_its_own_has_no_answer(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await connection.execute(
        """
        CREATE FUNCTION answer_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF pg_trigger_depth() = 1 THEN
                UPDATE leads SET score = NEW.score + 1 WHERE id = NEW.id;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER answer_back AFTER UPDATE ON leads
            FOR EACH ROW EXECUTE FUNCTION answer_back();
        """
    )
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        lines = await connection.fetchval("SELECT count(*) FROM galope.score_history")
        assert lines == 2
        assert await connection.fetchval("SELECT count(*) FROM galope.change_log") == 2


async def test_a_person_moves_a_card_and_it_stays(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await move(connection, lead, "QUALIFICADO", 70)
        await apply_rule(connection, lead, "no_reply_7d", -12)
        await stream.drain()
        row = await row_of(connection, lead)
        assert (row["status"], row["score"]) == ("QUALIFICADO", 70)
        assert json.loads(row["score_meta"])["crm_manual_move"] == {"by": "ana"}
        await move(connection, lead, "AQUECENDO", 69)
        await stream.drain()
    row = await row_of(connection, lead)
    assert (row["status"], 40 <= row["score"] <= 69) == ("AQUECENDO", True)
    await assert_equals_replay(connection)


async def test_the_marks_of_its_seeds_are_left_to_it(database: str, connection: Connection) -> None:
    marked = await new_lead(connection, score_engine="seed_synthetic")
    plain = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, marked, "cta_click")
        await stream.drain()
    assert (await row_of(connection, marked))["score_engine"] == "seed_synthetic"
    assert (await row_of(connection, marked))["score"] == 20
    assert (await row_of(connection, plain))["score_engine"] == "galope"
    await connection.execute("DELETE FROM leads WHERE score_engine LIKE 'seed%'")
    await drained(database)
    await assert_equals_replay(connection)


async def test_its_deduplication_and_reset(database: str, connection: Connection) -> None:
    kept, other = [await new_lead(connection, "Ana") for _ in range(2)]
    for lead in (kept, other, other):
        await new_event(connection, lead, "cta_click")
    async with streaming(database) as stream:
        await stream.drain()
        async with connection.transaction():
            await connection.execute(
                "UPDATE events SET lead_id = $1 WHERE lead_id = $2", kept, other
            )
            await connection.execute(
                "UPDATE lead_notes SET lead_id = $1 WHERE lead_id = $2", kept, other
            )
            await connection.execute("DELETE FROM leads WHERE id = $1", other)
        await stream.drain()
        await assert_equals_replay(connection)
        for table in ("events", "lead_notes", "leads", "partners"):
            await connection.execute(f"DELETE FROM {table}")
        await stream.drain()
    for table in ("lead_state", "score_history", "earlier_value"):
        assert await connection.fetchval(f"SELECT count(*) FROM galope.{table}") == 0


async def test_a_suggestion_that_a_person_accepts_is_theirs(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        suggested = await row_of(connection, lead)
        await save_action(connection, lead, *(suggested[column] for column in ACTION))
        for kind in ("cta_click", "whatsapp_reply"):
            await new_event(connection, lead, kind)
            await stream.drain()
    await uninstall(connection)
    row = await row_of(connection, lead)
    assert [row[column] for column in ACTION] == [suggested[column] for column in ACTION]


async def test_a_suggestion_accepted_while_a_score_is_on_its_way_is_theirs(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        suggested = await row_of(connection, lead)
        await new_event(connection, lead, "cta_click")
        changes, upto = await stream.reads.changes((await stream.committer.position())[0], 10)
        assert len(changes) == 1
        await save_action(connection, lead, *(suggested[column] for column in ACTION))

        async def taken(*_: object) -> tuple[Any, Any]:
            return changes, upto

        monkeypatch.setattr(stream.reads, "changes", taken)
        await stream.consumer.step()
        await stream.consumer.finish()
        monkeypatch.undo()
        await stream.drain()
    row = await row_of(connection, lead)
    assert [row[column] for column in ACTION] == [suggested[column] for column in ACTION]


async def test_the_moment_of_an_action_follows_its_day_and_hour(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    moment = (
        "SELECT next_action_at AT TIME ZONE 'America/Sao_Paulo' = "
        "next_action_date + next_action_time FROM leads"
    )
    async with streaming(database) as stream:
        await stream.drain()
        assert await connection.fetchval(moment)
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        assert await connection.fetchval(moment)
        await connection.execute("UPDATE leads SET next_action_date = '2031-01-02'")
        await new_event(connection, lead, "page_view")
        await stream.drain()
        assert await connection.fetchval(moment)
        await connection.execute("UPDATE leads SET status = 'ENVIADO', next_action_text = NULL")
        await stream.drain()
        assert await connection.fetchval("SELECT next_action_at FROM leads") is None


OWN = {
    "PERDIDO": ("PERDIDO", 87),
    "CLIENTE": ("CLIENTE", 87),
    "NOVO": ("NOVO", None),
    "AQUECENDO": ("AQUECENDO", 55),
    "none": (None, None),
    "new": ("CURIOSO", None),
}


@pytest.mark.parametrize("own", OWN)
async def test_the_first_start_keeps_words_it_does_not_know_and_uninstalling_gives_all_back(
    product: Connection, empty_database: str, own: str
) -> None:
    status, score = OWN[own]
    lead = await new_lead(
        product, status=status, score=score, score_motivos='[{"fator": "own", "detalhe": null}]'
    )
    await product.execute("UPDATE leads SET score_meta = '{\"crm_signals\": {}}'")
    columns = [column for column in await row_of(product, lead) if column != "updated_at"]
    before = await row_of(product, lead)
    await install(product)
    await drained(empty_database)
    await new_event(product, lead, "cta_click")
    await drained(empty_database)
    scored = await row_of(product, lead)
    assert scored["score"] == 20
    assert scored["status"] == (status if own in ("PERDIDO", "CLIENTE", "NOVO") else "CURIOSO")
    await uninstall(product)
    after = await row_of(product, lead)
    assert {column: after[column] for column in columns} == {
        column: before[column] for column in columns
    }


async def test_uninstalling_takes_nothing_back_that_people_did_since(
    product: Connection, empty_database: str
) -> None:
    moved, sent = await new_lead(product, "M"), await new_lead(product, "S")
    await install(product)
    await drained(empty_database)
    await move(product, moved, "QUALIFICADO", 70)
    await product.execute("UPDATE leads SET status = 'ENVIADO' WHERE id = $1", sent)
    await apply_rule(product, sent, "asked_price", 12)
    await product.execute("UPDATE leads SET status = 'ENVIADO' WHERE id = $1", sent)
    await drained(empty_database)
    await uninstall(product)
    assert (await row_of(product, moved))["status"] == "QUALIFICADO"
    row = await row_of(product, sent)
    assert row["status"] == "ENVIADO"
    assert json.loads(row["score_meta"])["crm_signals"] == {"asked_price": True}


async def test_a_lead_that_was_sent_before_galope_came_has_converted(
    product: Connection, empty_database: str
) -> None:
    for n in range(3):
        lead = await new_lead(product, str(n), status="ENVIADO")
        await product.execute("UPDATE leads SET created_at = now() - interval '90 days'")
        await new_event(product, lead, "cta_click", ago=80 * DAY)
    await install(product)
    await drained(empty_database)
    rows = await product.fetch("SELECT converted, source FROM galope.outcome")
    assert [tuple(row) for row in rows] == [(True, "status:ENVIADO")] * 3


async def test_a_status_answers_when_it_changes_and_until_it_changes_back(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    outcome = "SELECT converted, resolved_at > now() - interval '1 hour' FROM galope.outcome"
    await new_event(connection, lead, "cta_click", ago=2 * DAY)
    async with streaming(database) as stream:
        await stream.drain()
        assert await connection.fetchrow(outcome) is None
        await connection.execute("UPDATE leads SET status = 'ENVIADO'")
        await stream.drain()
        row = await connection.fetchrow(outcome)
        assert row is not None
        assert tuple(row) == (True, True)
        kept = await connection.fetchval("SELECT resolved_at FROM galope.outcome")
        await connection.execute("INSERT INTO galope.change_log (kind) VALUES ('reset')")
        await stream.drain()
        assert kept == await connection.fetchval("SELECT resolved_at FROM galope.outcome")
        await connection.execute("UPDATE leads SET status = 'AQUECENDO'")
        await stream.drain()
        assert await connection.fetchrow(outcome) is None
