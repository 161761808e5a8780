"""Nothing is kept longer than it is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.services.database import Database
from api.services.retention import enforce
from api.settings import Settings

if TYPE_CHECKING:
    import asyncpg


TABLES = (
    "SELECT relation AS name, key FROM galope.tables_of_leads() WHERE relation <> 'galope.audit'"
)


async def test_nothing_is_kept_longer_than_said(
    database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await connection.execute(
        "INSERT INTO leads (nome, segmento_interesse, created_at) VALUES"
        " ('old', 's', now() - interval '40 days'), ('busy', 's', now() - interval '40 days'),"
        " ('new', 's', now())"
    )
    await connection.execute(
        "INSERT INTO events (lead_id, event_type) SELECT id, 'x' FROM leads WHERE nome = 'busy'"
    )
    for days in (1, 40):
        await connection.execute(
            "INSERT INTO galope.audit (at, actor, action) VALUES"
            " (now() - make_interval(days => $1), 'x', 'y')",
            days,
        )
        await connection.execute(
            "INSERT INTO galope.score_history (lead_id, scored_at, cause, score_after, status,"
            " probability, points, model_version) SELECT id, now() - make_interval(days => $1),"
            " 'x', 1, 'CURIOSO', 0.1, '[]', 0 FROM leads WHERE nome = 'new'",
            days,
        )
    values = {"keep_history_days": 30, "keep_audit_days": 30, "keep_leads_days": 30}
    async with Database(database, 1, 10) as opened:
        assert await enforce(opened, Settings()) == {}
        kept = Settings.model_validate(values)
        assert await enforce(opened, kept) == {"history": 1, "audit": 1, "leads": 1}
        assert await enforce(opened, kept) == {"history": 0, "audit": 0, "leads": 0}
    names = await connection.fetch("SELECT nome FROM leads ORDER BY nome")
    assert [row["nome"] for row in names] == ["busy", "new"]


async def insert_predictions(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Insert leads with predictions: old and new, evaluated, to be evaluated and open."""
    for name, days, judged in (
        ("old and judged", 40, True),
        ("old and to be judged", 40, False),
        ("old and open", 40, None),
        ("new and judged", 20, True),
    ):
        lead_id = await connection.fetchval(
            "INSERT INTO leads (nome, segmento_interesse, created_at)"
            " VALUES ($1, 's', now() - make_interval(days => $2)) RETURNING id",
            *(name, days),
        )
        await connection.execute(
            "INSERT INTO galope.prediction (lead_id, head, model_version, snapshots)"
            " SELECT $1, head, 1, '[]' FROM unnest('{qualify,qualify,other}'::text[]) AS head",
            lead_id,
        )
        if judged is not None:
            await connection.execute(
                "INSERT INTO galope.outcome"
                " (lead_id, head, converted, resolved_at, source, evaluated)"
                " VALUES ($1, 'qualify', true, now() - make_interval(days => $2), 'handoff', $3)",
                *(lead_id, days, judged),
            )


async def test_predictions_are_kept_until_their_leads_are_judged(
    database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await insert_predictions(connection)
    await connection.execute(
        "INSERT INTO galope.model_metric (head, version, contender, measured_at, metrics)"
        " SELECT 'qualify', version, 'frozen', now() - make_interval(days => days), '{}'"
        " FROM (VALUES (1, 50), (1, 40), (2, 45), (2, 35), (2, 1)) AS m (version, days)"
    )
    async with Database(database, 1, 10) as opened:
        kept = Settings.model_validate({"keep_predictions_days": 30})
        assert await enforce(opened, kept) == {"predictions": 2, "measures": 3}
        assert await enforce(opened, kept) == {"predictions": 0, "measures": 0}
    left = await connection.fetch(
        "SELECT nome, count(*) AS rows FROM galope.prediction JOIN leads ON leads.id = lead_id"
        " GROUP BY nome"
    )
    assert {row["nome"]: row["rows"] for row in left} == {
        "old and judged": 1,
        "old and to be judged": 3,
        "old and open": 3,
        "new and judged": 3,
    }
    measures = await connection.fetch("SELECT version FROM galope.model_metric ORDER BY version")
    assert [row["version"] for row in measures] == [1, 2]
