"""What people wrote is never overwritten."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from domain.rules import CONTACT
from stream.commit import Commit
from tests.stream.replay import assert_equals_replay, decide, new_event, new_lead, streaming

if TYPE_CHECKING:
    from uuid import UUID

    import asyncpg

    from postgres.connect import Connection
    from stream.trainer import Trained

ACTION = "next_action_text, next_action_date, next_action_time"


async def action(connection: Connection) -> tuple[object, ...]:
    row = await connection.fetchrow(f"SELECT {ACTION} FROM leads")
    assert row is not None
    return tuple(row)


async def suggested(connection: Connection) -> tuple[object, ...]:
    row = await connection.fetchrow(
        "SELECT next_best_action ->> 'text', left(next_best_action ->> 'due_at', 10)::date, "
        "substr(next_best_action ->> 'due_at', 12, 5)::time FROM leads"
    )
    assert row is not None
    return tuple(row)


async def save(connection: Connection, lead: UUID, text: str) -> None:
    """Save a next action as the CRM does: the columns, and an event."""
    async with connection.transaction():
        await connection.execute(
            f"UPDATE leads SET ({ACTION}) = ($2, '2026-12-24', '09:30') WHERE id = $1", lead, text
        )
        await new_event(connection, lead, "next_action_saved")


async def clear(connection: Connection, lead: UUID) -> None:
    """Clear a next action as the CRM does."""
    async with connection.transaction():
        await connection.execute(f"UPDATE leads SET ({ACTION}) = (NULL, NULL, NULL)")
        await new_event(connection, lead, "next_action_cleared")


async def test_nothing_is_due_in_quiet_hours(database: str, connection: Connection) -> None:
    """As soon as the team says which they are, and no longer than it does."""
    evening = datetime(2026, 5, 4, 22, 30, tzinfo=ZoneInfo("America/Sao_Paulo"))
    await new_lead(connection, created_at=evening)
    async with streaming(database) as stream:
        for quiet, due in [
            (None, (date(2026, 5, 6), time(22, 30))),
            ({"begin": "20:00", "end": "08:00"}, (date(2026, 5, 7), time(8))),
            (None, (date(2026, 5, 6), time(22, 30))),
        ]:
            await decide(connection, quiet_hours=quiet)
            await stream.drain()
            assert (await action(connection))[1:] == due


async def test_a_lead_that_was_contacted_is_left_alone_until_it_expects_an_answer(
    database: str, connection: Connection
) -> None:
    """For as long as the team says. What the team notes moves no score."""
    zone = ZoneInfo("America/Sao_Paulo")
    came = datetime(2026, 5, 4, 12, tzinfo=zone)
    contacted = datetime(2026, 5, 6, 9, 0, 30, tzinfo=zone)
    ago = (datetime.now(zone) - contacted).total_seconds()
    lead = await new_lead(connection, created_at=came)
    async with streaming(database) as stream:
        await stream.drain()
        score = await connection.fetchval("SELECT score FROM leads")
        assert (await action(connection))[1] == date(2026, 5, 6)
        await new_event(connection, lead, CONTACT, ago)
        for hours, due in [
            (24, (date(2026, 5, 7), time(9))),
            (2, (date(2026, 5, 6), time(12))),  # as if there had been none
        ]:
            await decide(connection, hours_between_contacts=hours)
            await stream.drain()
            assert (await action(connection))[1:] == due
        assert await connection.fetchval("SELECT score FROM leads") == score
        await decide(connection, hours_between_contacts=72)
        await stream.drain()
        why = await connection.fetchval("SELECT next_best_action ->> 'why' FROM leads")
        assert why == "Not ready for a partner yet; due a while after the last contact"
        await new_event(connection, lead, "asked_price", ago - 300)
        await stream.drain()
        assert (await action(connection))[1:] == (date(2026, 5, 8), time(9, 5))


async def test_an_empty_action_is_suggested_and_follows(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        first = await action(connection)
        assert first == await suggested(connection)
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        assert await action(connection) == await suggested(connection) != first


@pytest.mark.parametrize("words", ["their own words", "the suggested words", "the suggestion"])
async def test_a_saved_action_stays(database: str, connection: Connection, words: str) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        text, *_ = await suggested(connection)
        if words == "the suggestion":
            await new_event(connection, lead, "next_action_saved")
        else:
            await save(connection, lead, "Call Ana" if words == "their own words" else str(text))
        saved = await action(connection)
        for kind in ("cta_click", "budget_confirmed", "handoff"):
            await new_event(connection, lead, kind)
            await stream.drain()
            assert await action(connection) == saved
        await connection.execute("UPDATE leads SET status = 'ENVIADO'")
        await stream.drain()
        assert await action(connection) == saved


async def test_an_action_typed_in_without_an_event_stays(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("UPDATE leads SET next_action_text = 'Call Ana'")
        typed = await action(connection)
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        assert await action(connection) == typed


async def test_a_suggestion_moved_to_another_day_stays_there(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("UPDATE leads SET next_action_date = '2031-01-02'")
        moved = await action(connection)
        await new_event(connection, lead, "page_view")
        await stream.drain()
        assert await action(connection) == moved


async def test_a_cleared_action_stays_clear_until_the_lead_moves(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await clear(connection, lead)
        await stream.drain()
        await connection.execute("UPDATE leads SET uf = 'MG'")
        await new_event(connection, lead, "handoff")
        await stream.drain()
        assert await action(connection) == (None, None, None)
        await new_event(connection, lead, "cta_click")
        await stream.drain()
        assert await action(connection) == await suggested(connection)
        await save(connection, lead, "Call Ana")
        await clear(connection, lead)
        await stream.drain()
        assert await action(connection) == (None, None, None)


@pytest.mark.parametrize(
    ("stage", "low", "high"),
    [("AQUECENDO", 40, 69), ("QUALIFICADO", 70, 100), ("ENVIADO", 70, 100)],
)
@pytest.mark.parametrize("events", [0, 9])
async def test_a_card_moved_by_hand_stays(
    database: str, connection: Connection, stage: str, low: int, high: int, events: int
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        async with connection.transaction():
            await connection.execute("UPDATE leads SET crm_stage = $1, status = $1", stage)
            await connection.execute(
                "INSERT INTO events (lead_id, event_type, metadata) "
                "VALUES ($1, 'crm_manual_move', json_build_object('to_stage', $2::text)::jsonb)",
                lead,
                stage,
            )
        for kind in ("cta_click", "whatsapp_click", "hook_complete", "meeting_attended")[:events]:
            await new_event(connection, lead, kind)
        await stream.drain()
    row: asyncpg.Record | None = await connection.fetchrow("SELECT * FROM leads")
    assert row is not None
    assert (row["crm_stage"], row["status"]) == (stage, stage)
    assert low <= row["score"] <= high
    await assert_equals_replay(connection)


async def test_a_card_put_back_in_the_inbox_stays_until_the_lead_moves(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    for kind in ("cta_click", "whatsapp_click"):
        await new_event(connection, lead, kind, ago=60)
    async with streaming(database) as stream:
        await stream.drain()
        async with connection.transaction():
            await connection.execute("UPDATE leads SET crm_stage = 'INBOX', status = 'CURIOSO'")
            await connection.execute(
                "INSERT INTO events (lead_id, event_type, metadata) "
                """VALUES ($1, 'crm_manual_move', '{"to_stage": "INBOX"}')""",
                lead,
            )
        await stream.drain()
        held = await connection.fetchrow("SELECT score, status FROM leads")
        await new_event(connection, lead, "page_view")
        await stream.drain()
        free = await connection.fetchrow("SELECT score, status FROM leads")
    assert [held and tuple(held), free and tuple(free)] == [(39, "CURIOSO"), (40, "AQUECENDO")]


@pytest.mark.parametrize("status", ["ENVIADO"])
async def test_a_sent_lead_stays_sent(database: str, connection: Connection, status: str) -> None:
    lead = await new_lead(connection, status=status)
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, lead, "lost_interest")
        await stream.drain()
        await connection.execute("UPDATE leads SET score = 3")
        await stream.drain()
    assert await connection.fetchval("SELECT status FROM leads") == status
    assert await action(connection) == (None, None, None)


async def test_sent_while_the_score_is_being_written(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        finish = Commit.finish

        async def late(commit: Commit, trained: Trained) -> int:
            await connection.execute("UPDATE leads SET status = 'ENVIADO', crm_stage = 'ENVIADO'")
            await save(connection, lead, "Call the partner")
            return await finish(commit, trained)

        monkeypatch.setattr(Commit, "finish", late)
        await new_event(connection, lead, "cta_click")
        await stream.consumer.step()
        await stream.consumer.finish()
        monkeypatch.undo()
        assert await connection.fetchval("SELECT status FROM leads") == "ENVIADO"
        assert (await action(connection))[0] == "Call the partner"
        await stream.drain()
    assert (await action(connection))[0] == "Call the partner"
    await assert_equals_replay(connection)
