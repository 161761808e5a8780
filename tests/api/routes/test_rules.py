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
    unknown = await api.client.post(address, json={"rule_code": "lua"})
    assert unknown.status_code == 400
    assert "budget_confirmed" in unknown.json()["allowed_rules"]
