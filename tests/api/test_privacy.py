"""Personal data: shown whole, erased whole, with a row that says who; and kept no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.services.database import Database
from api.services.retention import enforce
from api.settings import Settings
from tests.api.served import execute, key, served
from tests.stream.child import child, scores

if TYPE_CHECKING:
    import asyncpg

    from tests.api.served import Served

TABLES = (
    "SELECT relation AS name, key FROM galope.tables_of_leads() WHERE relation <> 'galope.audit'"
)


async def lead_with_everything(api: Served, database: str) -> str:
    """Return a lead that has rows wherever a lead can have some."""
    lead_id: str = (await api.lead(email="ana@example.com"))["id"]
    await api.client.post("/events", json={"lead_id": lead_id, "event_type": "cta_click"})
    await api.client.post(f"/leads/{lead_id}/notes", json={"note": "Prefere à tarde"})
    await execute(
        database, "INSERT INTO galope.outcome VALUES ($1, 'qualify', true, now(), 'x')", lead_id
    )
    await execute(
        database, "INSERT INTO galope.dead_letter (lead_id, reason) VALUES ($1, 'x')", lead_id
    )
    async with scores(database) as heard, child(database):

        async def scored() -> bool:
            rows = await execute(database, "SELECT FROM galope.lead_state")
            return bool(rows)

        await heard.until(scored)
    return lead_id


async def rows_of(database: str, lead_id: str) -> dict[str, int]:
    """Return how many rows each table has of a lead."""
    found = {}
    for table in await execute(database, TABLES):
        rows = await execute(
            database, f"SELECT FROM {table['name']} WHERE {table['key']} = $1", lead_id
        )
        found[table["name"]] = len(rows)
    return found


async def test_all_that_is_held_is_shown(api: Served, database: str) -> None:
    lead_id = await lead_with_everything(api, database)
    answer = (await api.client.get(f"/leads/{lead_id}/personal-data")).json()
    assert answer["lead"]["email"] == "ana@example.com"
    held = await rows_of(database, lead_id)
    assert {name: len(rows) for name, rows in answer["tables"].items() if name in held} == held
    assert answer["tables"]["public.events"][0]["event_type"] == "cta_click"
    assert answer["tables"]["public.lead_notes"][0]["note_text"] == "Prefere à tarde"
    assert held["galope.lead_state"] == held["galope.score_history"] == 1


async def test_a_lead_is_erased_whole(database: str) -> None:
    headers = await key(database, "admin")
    async with served(database) as api:
        lead_id = await lead_with_everything(api, database)
        erased = await api.client.delete(f"/leads/{lead_id}", headers=headers)
        assert erased.status_code == 200
    left = await rows_of(database, lead_id)
    # That it is gone is all the log says, so that the stream forgets it too.
    assert left.pop("galope.change_log") >= 1
    kinds = await execute(database, "SELECT DISTINCT kind FROM galope.change_log")
    assert {row["kind"] for row in kinds} <= {"gone", "rebuild"}
    assert set(left.values()) == {0}
    (row,) = await execute(
        database,
        "SELECT actor, lead_id::text, facts FROM galope.audit WHERE action = 'lead erased'",
    )
    assert tuple(row) == ("key 1", lead_id, "{}")


async def test_the_audit_says_who_did_what_and_nothing_personal(api: Served, database: str) -> None:
    lead = await api.lead(nome="Zuleica")
    await api.client.patch(f"/leads/{lead['id']}", json={"cidade": "Pirapora"})
    await api.client.post("/crm/move", json={"lead_id": lead["id"], "stage": "QUALIFICADO"})
    await api.client.post("/handoff", json={"lead_id": lead["id"]})
    await api.client.post(f"/leads/{lead['id']}/next-action", json={"texto": "Ligar já"})
    await api.client.post(f"/leads/{lead['id']}/notes", json={"note": "Segredo"})
    await api.client.get(f"/leads/{lead['id']}/personal-data")
    rows = await execute(database, "SELECT action, actor, facts FROM galope.audit ORDER BY id")
    assert [row["action"] for row in rows] == [
        "lead changed",
        "lead moved",
        "lead handed off",
        "next action saved",
        "note added",
        "personal data read",
    ]
    assert {row["actor"] for row in rows} == {"local"}
    said = "".join(row["facts"] for row in rows)
    assert not any(word in said for word in ("Zuleica", "Pirapora", "Ligar", "Segredo"))


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


async def test_predictions_are_kept_until_their_leads_are_judged(
    database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
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
            "INSERT INTO galope.prediction (lead_id, head, model_version, moments)"
            " SELECT $1, head, 1, '[]' FROM unnest('{qualify,qualify,other}'::text[]) AS head",
            lead_id,
        )
        if judged is not None:
            await connection.execute(
                "INSERT INTO galope.outcome (lead_id, head, converted, resolved_at, source, judged)"
                " VALUES ($1, 'qualify', true, now() - make_interval(days => $2), 'handoff', $3)",
                *(lead_id, days, judged),
            )
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
