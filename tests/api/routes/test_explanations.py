"""Scores in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_a_score_is_explained_in_words(api: Served) -> None:
    lead = await api.lead(email="ana@example.com")
    await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
    said = (await api.client.get(f"/leads/{lead['id']}/explanation")).json()
    assert said["score"] == sum(one["impacto"] for one in said["motivos"]) == 25
    assert said["text"][0].startswith("A nota é 25 de 0 a 100")
    assert any("LGPD" in line for line in said["text"])
    answers = {one["field"]: one["value"] for one in said["data_used"]["profile"]}
    assert answers["uf"] == "MG"
    assert answers["email"] == answers["nome"] == 1.0
    (event,) = said["data_used"]["events"]
    assert (event["event_type"], event["count"]) == ("cta_click", 1)
    assert (said["data_used"]["labels"], said["data_used"]["amount"]) == ([], None)
    assert said["model"]["version"] == 0


async def test_what_events_carry_is_said_where_it_is_declared(api: Served) -> None:
    lead = await api.lead()
    declared = {"event_labels": ["campaign"], "event_amount": "amount"}
    await api.client.put("/admin/policy", json=declared)
    event = {"lead_id": lead["id"], "event_type": "page_view"}
    await api.client.post("/events", json=event | {"metadata": {"campaign": "Verao", "amount": 5}})
    used = (await api.client.get(f"/leads/{lead['id']}/explanation")).json()["data_used"]
    (label,) = used["labels"]
    assert (label["name"], label["label"], label["count"]) == (
        "campaign=verao", "Campanha: verao", 1,
    )  # fmt: skip
    assert used["amount"] == 5.0


async def test_what_a_machine_did_is_said_not_to_count(api: Served) -> None:
    lead = await api.lead()
    await api.client.put("/admin/policy", json={"leave_out_machines": True})
    event = {"lead_id": lead["id"], "event_type": "page_view", "ts": "2026-01-02T03:04:05Z"}
    await api.client.post("/events/batch", json={"events": [event] * 25})
    said = (await api.client.get(f"/leads/{lead['id']}/explanation")).json()
    assert (said["data_used"]["events"], said["data_used"]["left_out"]) == ([], 25)
    assert "25 eventos não contam: 20 ou mais em 5 segundos são de uma máquina." in said["text"]
