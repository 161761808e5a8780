from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from demo.ids import ID_RANGE
from demo.seed import OthersLeadsError, Plan, arguments, main, rows_of, run
from postgres.errors import GalopeError

if TYPE_CHECKING:
    import asyncpg

    from postgres.connect import Connection

PLAN = Plan(leads=120, partners=30, days=60, seed=3, now=1_760_000_000.0)
COLUMNS = "id, nome, orcamento_faixa, created_at, crm_stage"


async def seeded(
    url: str, plan: Plan = PLAN, *, if_empty: bool = False, replace: bool = False
) -> str:
    return await run(url, plan, if_empty=if_empty, replace=replace)


async def stored(connection: Connection) -> list[list[asyncpg.Record]]:
    return [
        await connection.fetch(f"SELECT {columns} FROM {table} ORDER BY id")
        for table, columns in (
            ("leads", COLUMNS),
            ("events", "id, lead_id, event_type, ts, metadata"),
            ("partners", "id, cnpj, nome_fantasia, cnae_principal, prioridade"),
        )
    ]


def test_the_same_plan_makes_the_same_rows() -> None:
    assert rows_of(PLAN) == rows_of(PLAN)


async def test_it_says_what_it_made(database: str, connection: Connection) -> None:
    said = await seeded(database)
    events = await connection.fetchval("SELECT count(*) FROM events")
    assert said.startswith("Seeded 120 leads (")
    assert f"{events:,} events over 60 days and 30 partners" in said


async def test_score_and_status_are_left_to_the_stream(
    database: str, connection: Connection
) -> None:
    await seeded(database)
    found = await connection.fetch("SELECT DISTINCT status, score FROM leads")
    assert [tuple(row) for row in found] == [("CURIOSO", None)]


async def test_the_triggers_saw_it(database: str, connection: Connection) -> None:
    await seeded(database)
    counts = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM events), count(*) FILTER (WHERE kind = 'event'),"
        " count(*) FILTER (WHERE kind = 'lead') FROM galope.change_log"
    )
    assert counts is not None
    assert counts[0] == counts[1]
    assert counts[2] == PLAN.leads


async def test_nothing_has_happened_yet_after_now(database: str, connection: Connection) -> None:
    await seeded(database)
    latest = await connection.fetchval("SELECT max(extract(epoch FROM ts))::float8 FROM events")
    assert latest <= PLAN.now


async def test_the_board_has_sent_and_open_leads(database: str, connection: Connection) -> None:
    await seeded(database)
    stages = await connection.fetch("SELECT crm_stage, count(*) FROM leads GROUP BY 1 ORDER BY 1")
    assert [stage for stage, _ in stages] == ["ENVIADO", "INBOX"]
    sent = await connection.fetchval("SELECT count(*) FROM events WHERE event_type = 'handoff'")
    assert stages[0]["count"] == sent


async def test_no_contact_can_be_real(database: str, connection: Connection) -> None:
    await seeded(database)
    assert await connection.fetchval(
        "SELECT bool_and(email LIKE '%@example.com') AND bool_and(whatsapp LIKE '+55 00 9%')"
        " FROM leads"
    )


async def test_partners_have_numbers_and_activities(database: str, connection: Connection) -> None:
    await seeded(database)
    assert await connection.fetchval(
        r"SELECT bool_and(cnpj ~ '^\d{14}$') AND bool_and(cnae_principal ~ '^\d{4}-\d/\d{2}$')"
        " AND bool_and(prioridade BETWEEN 1 AND 3) FROM partners"
    )


async def test_replacing_gives_the_same_and_spares_the_teams_own(
    database: str, connection: Connection
) -> None:
    own = uuid4()
    await seeded(database)
    before = await stored(connection)
    await connection.execute(
        "INSERT INTO leads (id, nome, segmento_interesse) VALUES ($1, 'Da casa', 'CAVALOS')", own
    )
    await seeded(database, replace=True)
    assert await connection.execute("DELETE FROM leads WHERE id = $1", own) == "DELETE 1"
    assert await stored(connection) == before


async def test_replacing_leaves_nothing_of_another_seed(
    database: str, connection: Connection
) -> None:
    await seeded(database)
    await seeded(database, Plan(5, 2, 10, seed=4, now=PLAN.now), replace=True)
    assert [len(rows) for rows in await stored(connection)][::2] == [5, 2]
    outside = "SELECT count(*) FROM leads WHERE id NOT BETWEEN $1 AND $2"
    assert await connection.fetchval(outside, *ID_RANGE) == 0


async def test_if_empty_does_nothing_when_there_are_leads(
    database: str, connection: Connection
) -> None:
    await connection.execute("INSERT INTO leads (nome, segmento_interesse) VALUES ('A', 'B')")
    with pytest.raises(OthersLeadsError):
        await seeded(database, if_empty=True)
    assert await connection.fetchval("SELECT count(*) FROM leads") == 1


async def test_if_empty_knows_its_own_leads_among_others(
    database: str, connection: Connection
) -> None:
    await seeded(database)
    await connection.execute("INSERT INTO leads (nome, segmento_interesse) VALUES ('A', 'B')")
    assert await seeded(database, if_empty=True) == "There are leads already: nothing seeded."


async def test_if_empty_seeds_when_there_are_none(database: str) -> None:
    assert (await seeded(database, if_empty=True)).startswith("Seeded 120 leads")


async def test_seeding_twice_needs_to_be_meant(database: str) -> None:
    await seeded(database)
    with pytest.raises(GalopeError, match="--replace"):
        await seeded(database)


async def test_without_galope_it_says_how_to_install(empty_database: str) -> None:
    with pytest.raises(GalopeError, match="python -m stream --install"):
        await seeded(empty_database)


def test_a_missing_database_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert main([]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_now_can_be_given() -> None:
    assert arguments(["--now", "1970-01-02"]).now == 86_400
    assert arguments(["--now", "1970-01-01T21:00:00-03:00"]).now == 86_400


@pytest.mark.parametrize("wrong", [["--leads", "-1"], ["--days", "0"], ["--now", "soon"]])
def test_wrong_arguments_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(wrong)
