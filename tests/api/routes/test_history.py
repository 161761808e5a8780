"""A lead's rescores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_the_history_says_what_moved(api: Served, database: str) -> None:
    lead = await api.lead()
    address = f"/leads/{lead['id']}"
    async with child(database) as stream:
        await stream.says("streaming")
        for kind in ("cta_click", "asked_price", "no_reply_3d"):
            await api.client.post("/events", json={"lead_id": lead["id"], "event_type": kind})
            await api.client.post(f"{address}/score")
    items = (await api.client.get(f"{address}/history")).json()["items"]
    assert [(one["cause"], one["score_before"], one["score_after"]) for one in items[:2]] == [
        ("no_reply_3d", 37, 31),
        ("asked_price", 25, 37),
    ]
    assert items[0]["cause_text"] == "Sem resposta há 3 dias"
    for one in items:
        moved = sum(change["after"] - change["before"] for change in one["changes"])
        assert moved == one["score_after"] - (one["score_before"] or 0)
    first = (await api.client.get(f"{address}/history", params={"limit": 1})).json()
    rest = await api.client.get(f"{address}/history", params={"before": first["next_before"]})
    assert first["items"] + rest.json()["items"] == items
    assert rest.json()["next_before"] is None
