"""Live scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served
SCORE_META = {"engine", "model_name", "probability_qualified"}


async def test_a_score_is_fresh_with_a_stream_and_without(api: Served, database: str) -> None:
    lead = await api.lead()
    await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
    alone = (await api.client.post(f"/leads/{lead['id']}/score")).json()
    async with child(database) as stream:
        await stream.says("streaming")
        await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "asked_price"})
        live = (await api.client.post(f"/leads/{lead['id']}/score")).json()
        stored = (await api.client.get(f"/leads/{lead['id']}")).json()
        said = (await api.client.get(f"/leads/{lead['id']}/score-diagnostics")).json()
    for one in (alone, live):
        assert sum(reason["impacto"] for reason in one["motivos"]) == one["score"]
        assert set(one["meta"]) == SCORE_META
        assert set(one["diagnostics"]) == SCORE_META | {"scored_at", "meta"}
        assert set(one["motivos"][0]) == {"fator", "impacto", "detalhe", "code", "args"}
    assert alone["score"] == 25
    assert live["score"] == stored["score"] == said["score"] == 37
    assert said["lead_id"] == lead["id"]
    assert said["diagnostics"]["engine"] == "galope"
