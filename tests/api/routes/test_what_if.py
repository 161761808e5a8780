"""What is tried without storing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_what_if_stores_nothing(api: Served, database: str) -> None:
    lead = await api.lead()
    tried = {
        "events": [{"event_type": "cta_click"}, {"event_type": "whatsapp_reply"}],
        "profile": {"orcamento_faixa": "60k+", "uf": None},
    }
    trial = (await api.client.post(f"/leads/{lead['id']}/what-if", json=tried)).json()
    assert trial["before"]["score"] == 5
    assert trial["after"]["score"] == 20 + 8 + 30
    assert trial["delta"] == 53
    assert sum(one["impacto"] for one in trial["after"]["motivos"]) == 58
    moved = {"event_type": "crm_manual_move", "metadata": {"to_stage": "QUALIFICADO"}}
    body = {"events": [moved, *({"event_type": "cta_click"} for _ in range(9))]}
    again = (await api.client.post(f"/leads/{lead['id']}/what-if", json=body)).json()
    assert again["before"] == trial["before"]
    assert await execute(database, "SELECT FROM events") == []
