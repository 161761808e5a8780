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
    assert (counted["dry_run"], counted["groups"], counted["duplicate_rows"]) == (True, 1, 2)
    assert counted["moved"] == {"events": 2, "notes": 0}
    merged = await api.client.post("/admin/dedup-leads", json={"dry_run": False})
    assert merged.json()["deleted_rows"] == 2
    (row,) = await execute(
        database, "SELECT lead_id::text, count(*) AS events FROM events GROUP BY lead_id"
    )
    assert tuple(row) == (lead["id"], 3)
