"""Next actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


NEXT_ACTIONS = [
    f"{root}/{{id}}/{name}"
    for root in ("/leads", "/crm/leads", "/crm/lead")
    for name in ("next-action", "next_action", "proxima-acao")
]


@pytest.mark.parametrize("address", [*NEXT_ACTIONS, "/crm/next-action", "/crm/proxima-acao"])
async def test_a_next_action_is_saved_read_and_cleared(
    api: Served, database: str, address: str
) -> None:
    lead = await api.lead()
    path = address.format(id=lead["id"])
    named = {} if "{id}" in address else {"lead_id": lead["id"]}
    wanted = {"text": "Ligar", "date": "2027-05-05", "time": "10:30"}
    for method, body in (
        ("POST", {"proxima_acao": {"texto": "Ligar", "data": "05/05/2027", "hora": "10:30:59"}}),
        ("PATCH", {"next_action_time": "10:30"}),
        ("PUT", {"proxima_acao": "Ligar", "next_action_date": "2027-05-05"}),
    ):
        answer = await api.client.request(method, path, json=named | body)
        assert answer.status_code == 200, answer.text
        saved = answer.json()
        assert saved["next_action"] == saved["proxima_acao"] == saved["proximaAcao"] == wanted
        assert saved["lead_id"] == saved["lead"]["id"] == lead["id"]
        assert saved["lead"]["next_action_time"] == saved["lead"]["proxima_acao_hora"] == "10:30"
        assert saved["lead"]["proxima_acao_data"] == "2027-05-05"
    read = (await api.client.get(path, params=named)).json()
    assert read["next_action"] == wanted
    cleared = (await api.client.delete(path, params=named)).json()
    assert cleared["next_action"] == {"text": None, "date": None, "time": None}
    kinds = await execute(database, "SELECT event_type FROM events ORDER BY ts")
    assert [row["event_type"] for row in kinds] == ["next_action_saved"] * 3 + [
        "next_action_cleared"
    ]


async def test_an_empty_next_action_changes_nothing(api: Served) -> None:
    lead = await api.lead()
    path = f"/leads/{lead['id']}/next-action"
    await api.client.post(path, json={"text": "Ligar", "date": "2027-05-05", "time": "10:30"})
    for body in ({}, {"text": "Ligar", "time": "11:00"}):
        assert (await api.client.post(path, json=body)).status_code == 400
    kept = (await api.client.get(path)).json()["next_action"]
    assert kept == {"text": "Ligar", "date": "2027-05-05", "time": "10:30"}


@pytest.mark.parametrize(
    "body",
    [
        {"texto": "Ligar", "hora": "10:00"},
        {"texto": "Ligar", "data": "2027-13-01"},
        {"texto": "Ligar", "data": "2027-05-05", "hora": "25:00"},
        {"data": "2027-05-05"},
        {"texto": "Ligar", "data": "2020-05-05"},
    ],
)
async def test_a_senseless_next_action_is_refused(api: Served, body: dict[str, str]) -> None:
    lead = await api.lead()
    answer = await api.client.post(f"/leads/{lead['id']}/next-action", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
