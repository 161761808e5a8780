"""What is written, and what stands in its way: locks, the team's own rules, another consumer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stream import scorer
from stream.batch import Batch
from stream.commit import Commit, FencedError
from tests.stream.replay import (
    Clock,
    How,
    assert_equals_replay,
    assert_history_continues,
    drained,
    new_event,
    new_lead,
    send_in_pieces,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from postgres.connect import Connection
    from stream.cursor import LoggedChange
    from stream.writeback import Row

REFUSALS = {
    "raises": "RAISE EXCEPTION 'no'",
    "with a code of its own": "RAISE EXCEPTION 'no' USING ERRCODE = 'GX001'",
    "assertion": "ASSERT false",
    "no right": "RAISE EXCEPTION 'no' USING ERRCODE = 'insufficient_privilege'",
    "undefined function": "PERFORM nowhere(1)",
    "divides by zero": "PERFORM 1 / 0",
    "null": "NEW.nome := NULL",
    "too many rows": "SELECT 1 INTO STRICT NEW.score FROM generate_series(1, 2)",
    "feature not supported": "RAISE EXCEPTION 'no' USING ERRCODE = '0A000'",
}


async def refuse(connection: Connection, name: str, how: str) -> None:
    """Have a trigger of the team's refuse every score of the leads of a name."""
    await connection.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.nome = '{name}' AND NEW.score IS DISTINCT FROM OLD.score THEN {how}; END IF; "
        "RETURN NEW; END $$; "
        "CREATE TRIGGER refuse BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION refuse()"
    )


@pytest.mark.parametrize("alone", [False, True], ids=["with others", "alone in the batch"])
@pytest.mark.parametrize("how", REFUSALS.values(), ids=REFUSALS)
async def test_a_lead_that_the_team_refuses_is_set_aside(
    database: str, connection: Connection, how: str, alone: bool
) -> None:
    bad, good = await new_lead(connection, "Bad"), await new_lead(connection, "Good")
    async with streaming(database, How(1 if alone else 1000)) as stream:
        await stream.drain()
        await refuse(connection, "Bad", how)
        await new_event(connection, bad, "cta_click")
        await new_event(connection, good, "cta_click")
        await stream.drain()
        assert await connection.fetchval("SELECT score FROM leads WHERE id = $1", good) == 20
        letter = await connection.fetchrow("SELECT * FROM galope.dead_letter")
        assert letter is not None
        assert letter["lead_id"] == bad
        assert letter["reason"].startswith("not written: ")
        await connection.execute("DROP FUNCTION refuse CASCADE")
        await new_event(connection, bad, "hook_complete")
        await stream.drain()
    await assert_equals_replay(connection)


async def test_a_check_violated_by_one_lead_holds_up_no_other(
    database: str, connection: Connection
) -> None:
    leads = [await new_lead(connection, str(n)) for n in range(5)]
    await connection.execute("ALTER TABLE leads ADD CHECK (nome <> '2' OR score IS NULL)")
    for lead in leads:
        await new_event(connection, lead, "cta_click")
    async with streaming(database) as stream:
        await stream.drain()
    scores = await connection.fetchval("SELECT array_agg(score ORDER BY nome) FROM leads")
    assert scores == [20, 20, None, 20, 20]
    reason = await connection.fetchval("SELECT reason FROM galope.dead_letter")
    assert reason.startswith("not written: CheckViolationError (23514), constraint leads_")


@pytest.mark.parametrize(
    "how",
    [
        "RAISE EXCEPTION 'no % here', NEW.nome",
        "RAISE EXCEPTION 'no' USING DETAIL = NEW.nome, HINT = NEW.email",
        "NEW.segmento_interesse := NULL",
        "PERFORM NEW.nome::int",
        "PERFORM ('{' || NEW.nome)::json",
    ],
)
async def test_nothing_personal_gets_into_dead_letters_and_logs(
    database: str, connection: Connection, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lead = await new_lead(connection, "Zulmira Xavier", email="zulmira@example.com")
    await refuse(connection, "Zulmira Xavier", how)
    await new_event(connection, lead, "cta_click")
    async with streaming(database) as stream:
        await stream.drain()
    kept = await connection.fetchval("SELECT galope.held($1)::jsonb -> 'galope.dead_letter'", lead)
    written = capsys.readouterr()
    said = f"{kept}{written.out}{written.err}".casefold()
    assert "not written: " in said
    assert "zulmira" not in said


@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "middle", "last"])
async def test_a_lead_refused_while_others_are_still_being_scored_holds_up_none(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    send_in_pieces(monkeypatch, 1)
    leads = [await new_lead(connection, str(n)) for n in range(5)]
    async with streaming(database) as stream:
        await stream.drain()
        await refuse(connection, str(place), "ASSERT false")
        for lead in leads:
            await new_event(connection, lead, "cta_click")
        await stream.drain()
        scores = await connection.fetchval("SELECT array_agg(score ORDER BY nome) FROM leads")
        assert scores == [0 if n == place else 20 for n in range(5)]
        assert await connection.fetchval("SELECT count(*) FROM galope.dead_letter") == 1
        await connection.execute("DROP FUNCTION refuse CASCADE")
        await new_event(connection, leads[place], "hook_complete")
        await stream.drain()
    await assert_equals_replay(connection)


async def test_a_batch_that_cannot_be_finished_commits_none_of_what_was_sent(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_in_pieces(monkeypatch, 1)
    leads = [await new_lead(connection, str(n)) for n in range(5)]
    await drained(database)
    for lead in leads:
        await new_event(connection, lead, "cta_click")
    scored: list[float] = []
    sent = asyncio.Event()
    write, usable = Commit._write, scorer.Scorer._usable

    async def writes(commit: Commit, rows: Sequence[Row], *more: Any) -> None:
        await write(commit, rows, *more)
        sent.set()

    def breaks(*arguments: Any) -> list[LoggedChange]:
        if sent.is_set():
            raise ConnectionResetError
        return usable(*arguments)

    async def goes_on_once_some_are_sent(seconds: float) -> None:
        scored.append(seconds)
        if len(scored) > 1:
            await sent.wait()

    monkeypatch.setattr(Commit, "_write", writes)
    monkeypatch.setattr(scorer.Scorer, "_usable", breaks)
    monkeypatch.setattr(scorer, "asyncio", SimpleNamespace(sleep=goes_on_once_some_are_sent))
    async with streaming(database) as stream:
        with pytest.raises(ConnectionResetError):
            await stream.consumer.step()
    assert len(scored) == 2
    monkeypatch.undo()
    assert await connection.fetchval("SELECT array_agg(DISTINCT score) FROM leads") == [0]
    await drained(database)
    assert await connection.fetchval("SELECT array_agg(DISTINCT score) FROM leads") == [20]
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


@pytest.mark.parametrize("lock", ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR KEY SHARE"])
async def test_a_locked_lead_holds_up_no_other(
    database: str, connection: Connection, lock: str
) -> None:
    held, free = await new_lead(connection), await new_lead(connection)
    other = await asyncpg.connect(database)
    clock = Clock()
    async with streaming(database, How(clock=clock)) as stream:
        await stream.drain()
        async with other.transaction():
            await new_event(connection, held, "cta_click")
            await new_event(connection, free, "cta_click")
            await other.execute(f"SELECT FROM leads WHERE id = $1 {lock}", held)
            await stream.drain()
            assert await connection.fetchval("SELECT score FROM leads WHERE id = $1", free) == 20
            lines = await connection.fetchval("SELECT count(*) FROM galope.score_history")
            await stream.tick()
            await stream.tick()
            assert lines == await connection.fetchval("SELECT count(*) FROM galope.score_history")
        await stream.tick()
    await other.close()
    await assert_equals_replay(connection)
    await assert_history_continues(connection)


async def test_a_lead_whose_updates_a_trigger_skips_is_not_rescored_for_ever(
    database: str, connection: Connection
) -> None:
    skipped, other = await new_lead(connection, "Skipped"), await new_lead(connection)
    await connection.execute(
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE TRIGGER skip BEFORE UPDATE ON leads FOR EACH ROW WHEN (NEW.nome = 'Skipped')"
        " EXECUTE FUNCTION skip()"
    )
    async with streaming(database) as stream:
        for lead in (skipped, other):
            await new_event(connection, lead, "cta_click")
        await stream.drain()
        assert await connection.fetchval("SELECT score FROM leads WHERE id = $1", other) == 20
        due = "SELECT count(*) FROM galope.lead_state WHERE rescore_at <= now()"
        assert await connection.fetchval(due) == 0
        versions = "SELECT array_agg(xmin::text ORDER BY lead_id) FROM galope.lead_state"
        before = await connection.fetchval(versions)
        for _ in range(3):
            await stream.tick()
        assert await connection.fetchval(versions) == before


async def test_a_lead_being_edited_keeps_the_edit(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    other = await asyncpg.connect(database)
    async with streaming(database) as stream:
        await stream.drain()
        async with other.transaction():
            await other.execute("UPDATE leads SET status = 'PERDIDO', uf = 'MG'")
            await new_event(connection, lead, "page_view")
            await stream.drain()
        await stream.drain()
        await stream.tick()
    row = await connection.fetchrow("SELECT status, uf, score FROM leads")
    assert row is not None
    assert tuple(row) == ("PERDIDO", "MG", 5)
    await other.close()
    await assert_equals_replay(connection)


async def test_a_fenced_consumer_commits_nothing(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as old, streaming(database) as new:
        await new_event(connection, lead)
        with pytest.raises(FencedError):
            await old.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.lead_state") == 0
        await new.drain()
        position, _ = await new.committer.position()
        with pytest.raises(FencedError):
            await old.commit(Batch(position))
        with pytest.raises(FencedError):
            await old.committer.heartbeat()
        await connection.execute("INSERT INTO galope.change_log (kind) VALUES ('reset')")
        with pytest.raises(FencedError):
            await old.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.lead_state") == 1
    await assert_equals_replay(connection)


async def test_columns_that_come_and_go_are_borne(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("ALTER TABLE leads ADD COLUMN hectares int DEFAULT 7")
        await new_event(connection, lead)
        await connection.execute("UPDATE leads SET uf = 'MG'")
        await stream.drain()
        await assert_equals_replay(connection)
        await connection.execute("ALTER TABLE leads DROP COLUMN cidade")
        await connection.execute("ALTER TABLE events ADD COLUMN source text")
        await new_event(connection, lead)
        await connection.execute("UPDATE leads SET uf = 'SP'")
        await stream.drain()
    await assert_equals_replay(connection)


async def test_another_clusters_changes_are_not_taken(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    event = await new_event(connection, lead)
    async with streaming(database) as stream:
        await stream.drain()
    await connection.execute("UPDATE galope.cursor SET system_identifier = 1")
    await connection.execute(
        "INSERT INTO galope.change_log (xid, kind, lead_id, event_id, event_type, occurred_at) "
        "SELECT (pg_current_xact_id()::text::bigint + 20)::text::xid8, "
        "'event', $1, $2, 'page_view', now()",
        lead,
        event,
    )
    async with streaming(database) as stream:
        await stream.drain()
        for _ in range(30):
            await connection.fetchval("SELECT pg_current_xact_id()")
        await stream.drain()
    await assert_equals_replay(connection)


async def test_starting_over_waits_for_no_reader(database: str, connection: Connection) -> None:
    await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        async with connection.transaction():
            await connection.execute("SELECT FROM galope.lead_state")
            await stream.committer.start_over()
        assert not await connection.fetchval("SELECT count(*) FROM galope.lead_state")
