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
    for name in ("next-action", "proxima-acao")
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
        ("POST", {"texto": "Ligar", "data": "05/05/2027", "hora": "10:30"}),
        ("PATCH", {"next_action_time": "10:30"}),
        ("PUT", {"proxima_acao": "Ligar", "next_action_date": "2027-05-05"}),
    ):
        answer = await api.client.request(method, path, json=named | body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["next_action"] == answer.json()["proxima_acao"] == wanted
        assert answer.json()["lead"]["id"] == lead["id"]
    read = (await api.client.get(path, params=named)).json()
    assert read["next_action"] == wanted
    cleared = (await api.client.delete(path, params=named)).json()
    assert cleared["next_action"] == {"text": None, "date": None, "time": None}
    kinds = await execute(database, "SELECT event_type FROM events ORDER BY ts")
    assert [row["event_type"] for row in kinds] == ["next_action_saved"] * 3 + [
        "next_action_cleared"
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"texto": "Ligar", "hora": "10:00"},
        {"texto": "Ligar", "data": "2027-13-01"},
        {"texto": "Ligar", "data": "2027-05-05", "hora": "25:00"},
        {"data": "2027-05-05"},
    ],
)
async def test_a_senseless_next_action_is_refused(api: Served, body: dict[str, str]) -> None:
    lead = await api.lead()
    answer = await api.client.post(f"/leads/{lead['id']}/next-action", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
