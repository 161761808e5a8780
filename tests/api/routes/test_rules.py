"""The team's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_the_rules(api: Served, prefix: str) -> None:
    items = (await api.client.get(f"{prefix}/event-rules")).json()["items"]
    rules = {one["code"]: one for one in items}
    assert len(rules) == 18
    assert rules["no_budget_now"] == {
        "code": "no_budget_now",
        "label": "Sem orçamento agora",
        "event_type": "no_budget_now",
        "delta": -20,
        "direction": "down",
        "signal_patch": {"budget_confirmed": False},
    }


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_a_rule_is_applied(api: Served, database: str, prefix: str) -> None:
    lead = await api.lead()
    address = f"{prefix}/leads/{lead['id']}/apply-rule"
    async with child(database) as stream:
        await stream.says("streaming")
        body = {"rule_code": "budget_confirmed", "metadata": {"a": 1}, "source": "ligação"}
        answer = (await api.client.post(address, json=body)).json()
    assert answer["ok"] is True
    assert answer["rule"]["code"] == "budget_confirmed"
    assert answer["lead"]["score"] == answer["transition"]["to_score"] == 20
    assert answer["qualification_gate"] == {
        "open": False,
        "missing_signals": ["timeline_confirmed", "need_confirmed"],
    }
    meta = answer["lead"]["score_meta"]
    assert meta["crm_signals"]["budget_confirmed"] is True
    assert meta["crm_rule_engine"]["last_rule_code"] == "budget_confirmed"
    assert meta["crm_rule_engine"]["missing_signals"] == ["timeline_confirmed", "need_confirmed"]
    stored = (await api.client.get(f"/leads/{lead['id']}")).json()["score_meta"]
    assert stored["crm_rule_engine"] == meta["crm_rule_engine"]
    named = {"lead_id": lead["id"], "event_type": "Asked-Price"}
    by_id = await api.client.post(f"{prefix}/apply-rule", json=named)
    assert by_id.json()["rule"]["code"] == "asked_price"
    nobody = await api.client.post(f"{prefix}/apply-rule", json={"rule_code": "asked_price"})
    assert (nobody.status_code, nobody.json()["error"]) == (400, "lead_id é obrigatório")
    unknown = await api.client.post(address, json={"rule_code": "lua"})
    assert unknown.status_code == 400
    assert "budget_confirmed" in unknown.json()["allowed_rules"]
