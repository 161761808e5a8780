"""The demo's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_the_demos_calls(api: Served, database: str) -> None:
    async def ids() -> list[str]:
        rows = await execute(database, "SELECT id::text FROM leads ORDER BY id")
        return [row["id"] for row in rows]

    alone = await api.client.post("/demo/seed-leads", json={"n": 5, "seed": 4})
    assert (alone.status_code, await ids()) == (400, [])
    body = {"n": 5, "seed": 4, "replace": True}
    assert (await api.client.post("/demo/seed-leads", json=body)).status_code == 200
    first = await ids()
    assert (await api.client.post("/demo/seed-leads", json=body)).status_code == 200
    assert (len(first), await ids()) == (5, first)
    assert (await api.client.post("/demo/seed-partners", json={"n": 3})).status_code == 200
    own = await api.lead()
    assert (await api.client.post("/demo/reset-seeded-leads")).json()["ok"] is True
    assert await ids() == [own["id"]]
    assert (await api.client.post("/demo/reset")).json() == {"ok": True, "deleted": 1}
    assert await ids() == []
    assert (await api.client.get("/partners/count")).json() == {"total": 3}
