"""Personal data: shown whole, erased whole, with a row that says who; and kept no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute, key, served
from tests.stream.child import child, scores

if TYPE_CHECKING:
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
