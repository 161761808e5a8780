"""The demo's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Row, Served


async def test_the_demos_calls(api: Served, database: str) -> None:
    async def ids() -> list[str]:
        rows = await execute(database, "SELECT id::text FROM leads ORDER BY id")
        return [row["id"] for row in rows]

    alone = await api.client.post("/demo/seed-leads", json={"n": 5, "seed": 4})
    assert (alone.status_code, await ids()) == (400, [])
    body = {"n": 5, "seed": 4, "replace": True}
    seeded = (await api.client.post("/demo/seed-leads", json=body)).json()
    first = await ids()
    (events,) = await execute(database, "SELECT count(*) FROM events")
    assert seeded["events_inserted"] == events["count"]
    assert (seeded["inserted"], seeded["total_leads"]) == (5, 5)
    assert (seeded["seed"], seeded["deterministic"], seeded["replace"]) == ("4", True, True)
    assert sum(seeded["by_status"].values()) == 5
    assert (await api.client.post("/demo/seed-leads", json=body)).status_code == 200
    assert (len(first), await ids()) == (5, first)
    assert (await api.client.post("/demo/seed-partners", json={"n": 3})).status_code == 200
    own = await api.lead()
    for dry_run in (True, "sim"):
        counted = await api.client.post("/demo/reset-seeded-leads", json={"dry_run": dry_run})
        assert (counted.json()["dry_run"], counted.json()["matched_seeded_leads"]) == (True, 5)
        assert counted.json()["deleted"]["events"] == seeded["events_inserted"]
        assert len(await ids()) == 6
    removed = (await api.client.post("/demo/reset-seeded-leads")).json()
    assert (removed["deleted"]["leads"], removed["total_leads"]) == (5, 1)
    assert await ids() == [own["id"]]
    emptied = (await api.client.post("/demo/reset")).json()
    assert emptied["deleted"] == {"leads": 1, "events": 0, "lead_notes": 0, "partners": 3}
    assert await ids() == []
    assert (await api.client.get("/partners/count")).json() == {"total": 0}


async def test_a_seed_may_be_any_text_and_more_stand_beside(api: Served) -> None:
    async def seed(**body: object) -> Row:
        answer = await api.client.post("/demo/seed-leads", json=body)
        assert answer.status_code == 200, answer.text
        row: Row = answer.json()
        return row

    async def names() -> list[str]:
        return [lead["nome"] for lead in (await api.client.get("/leads")).json()]

    await seed(n=4, seed="feira de maio", replace=True)
    first = await names()
    await seed(n=4, seed="feira de maio", replace=True)
    assert await names() == first
    more = await seed(n=2)
    assert (more["total_leads"], more["seed"], more["deterministic"]) == (6, None, False)
    assert (await seed(n=0))["inserted"] == 0


async def test_partners_for_the_board_are_invented_once(api: Served) -> None:
    first = (await api.client.post("/crm/seed")).json()
    assert first == {"ok": True, "seeded": 1000, "force": False}
    assert (await api.client.post("/crm/seed")).json()["seeded"] == 0
    cards = (await api.client.get("/crm/partners")).json()
    assert len(cards) == 500
    assert cards[0]["cidade"] == cards[0]["municipio"]
    assert isinstance(cards[0]["contato"], str)
    assert len((await api.client.get("/crm/partners/summary")).json()) == 4
    assert (await api.client.post("/demo/reset-partners")).json()["deleted"] == 1000
