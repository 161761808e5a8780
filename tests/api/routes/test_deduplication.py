"""Duplicates merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_duplicates_are_merged(api: Served, database: str) -> None:
    lead = await api.lead()
    for minutes in (50, 100):
        await execute(
            database,
            "INSERT INTO leads (nome, segmento_interesse, uf, created_at) SELECT nome,"
            " segmento_interesse, uf, created_at + make_interval(mins => $2) FROM leads"
            " WHERE id = $1",
            *(lead["id"], minutes),
        )
    await execute(database, "INSERT INTO events (lead_id, event_type) SELECT id, 'x' FROM leads")
    counted = (await api.client.post("/admin/dedup-leads")).json()
    assert (counted["dry_run"], counted["duplicate_groups"], counted["rows_to_delete"]) == (
        True,
        1,
        2,
    )
    assert (counted["before_leads"], counted["after_leads"], counted["deleted_leads"]) == (3, 3, 0)
    assert counted["migrated"]["events"] == 2
    assert counted["sample"][0]["kept_id"] == lead["id"]
    unclear = await api.client.post(
        "/admin/dedup-leads", json={"dry_run": "sim", "window_minutes": "muito"}
    )
    assert (unclear.json()["dry_run"], unclear.json()["window_minutes"]) == (True, 60)
    merged = await api.client.post("/admin/dedup-leads", json={"dry_run": False})
    assert (merged.json()["deleted_leads"], merged.json()["after_leads"]) == (2, 1)
    (row,) = await execute(
        database, "SELECT lead_id::text, count(*) AS events FROM events GROUP BY lead_id"
    )
    assert tuple(row) == (lead["id"], 3)
