"""Whose leads are whose: who may give them to whom, where that is kept, and who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from api.texts import Text
from tests.api.served import execute
from tests.api.users import team, user

if TYPE_CHECKING:
    from tests.api.served import Served


async def given(
    api: Served, headers: dict[str, str], owner: str | None, *leads: dict[str, Any]
) -> tuple[int, Any]:
    body = {"lead_ids": [lead["id"] for lead in leads], "owner": owner}
    answer = await api.client.put("/crm/owners", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_seller_takes_what_is_nobodys_and_a_manager_gives_anything(api: Served) -> None:
    people = await team(api)
    lead, other = await api.lead(), await api.lead(nome="Ivo Sá")
    status, said = await given(api, people["Bia"], "bia@example.com", lead)
    assert (status, said["owner"], said["before"]) == (200, "Bia", {lead["id"]: None})
    for owner in ("Caio", None):
        status, said = await given(api, people["Caio"], owner, lead, other)
        assert (status, said["error"]) == (403, Text.NOT_YOURS)
    assert (await given(api, people["Bia"], "Caio", other))[0] == 403
    assert (await given(api, people["Vera"], "Vera", other))[0] == 403
    status, said = await given(api, people["Guto"], "Caio", lead, other)
    assert said["before"] == {lead["id"]: "Bia", other["id"]: None}
    owners = (await api.client.get("/crm/owners")).json()
    assert owners == {lead["id"]: "Caio", other["id"]: "Caio"}
    await api.lead(nome="De ninguém")
    by_owner = (await api.client.get("/leads", params={"sort": "-owner"})).json()
    assert {one["id"] for one in by_owner[:2]} == {lead["id"], other["id"]}
    for owner, found in (("caio@example.com", 2), ("Bia", 0), ("-", 1)):
        counted = await api.client.get("/leads/count", params={"owner": owner})
        assert counted.json() == {"total": found}
        listed = await api.client.get("/leads", params={"owner": owner})
        assert len(listed.json()) == found
    assert (await given(api, people["Caio"], None, lead, other))[0] == 200
    assert (await api.client.get("/crm/owners")).json() == {}


async def test_leads_are_given_to_people_who_are_there(api: Served) -> None:
    people = await team(api)
    status, said = await given(api, people["Alba"], "Nobody", await api.lead())
    assert (status, said["error"]) == (404, Text.USER_NOT_FOUND)
    status, said = await given(api, people["Alba"], "Bia", {"id": str(uuid4())})
    assert (status, said["error"]) == (404, Text.LEAD_NOT_FOUND)
    status, said = await given(api, people["Alba"], "Bia")
    assert (status, said["error"]) == (400, Text.OWNER_REQUIRED)


async def test_the_teams_own_column_says_whose_a_lead_is(api: Served, database: str) -> None:
    await execute(database, "ALTER TABLE leads ADD COLUMN responsavel text")
    people = await team(api)
    lead = await api.lead()
    await execute(database, "UPDATE leads SET responsavel = 'BIA@example.com'")
    assert (await given(api, people["Caio"], "Caio", lead))[0] == 403
    counted = await api.client.get("/leads/count", params={"owner": "Bia"})
    assert counted.json() == {"total": 1}
    status, said = await given(api, people["Guto"], "Caio", lead)
    assert (status, said["before"]) == (200, {lead["id"]: "BIA@example.com"})
    assert (await api.client.get(f"/leads/{lead['id']}")).json()["responsavel"] == "Caio"
    assert (await given(api, people["Guto"], "Somebody else", lead))[0] == 200
    assert (await given(api, people["Guto"], None, lead))[0] == 200
    assert (await api.client.get(f"/leads/{lead['id']}")).json()["responsavel"] is None
    assert await execute(database, "SELECT FROM galope.lead_owner") == []


async def test_the_timeline_says_who_did_what(api: Served) -> None:
    people = await team(api)
    lead = await api.lead()
    path, bia = f"/leads/{lead['id']}", people["Bia"]
    await given(api, bia, "Bia", lead)
    for method, address, body in (
        ("POST", f"{path}/notes", {"note": "ligar"}),
        ("POST", f"/crm{path}/contacts", {"channel": "call"}),
        ("POST", "/crm/move", {
            "lead_id": lead["id"], "stage": "QUALIFICADO", "confirms": ["budget_confirmed"],
        }),
        ("POST", "/handoff", {"lead_id": lead["id"]}),
        ("POST", "/events", {"lead_id": lead["id"], "event_type": "reopened"}),
        ("PATCH", f"{path}/next-action", {"next_action_text": "Ligar"}),
    ):  # fmt: skip
        answer = await api.client.request(method, address, json=body, headers=bia)
        assert answer.is_success, answer.text
    await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
    items = (await api.client.get(f"{path}/timeline")).json()["items"]
    by = {(item["kind"], item["type"]): item["by"] for item in items}
    assert by.pop(("lead", "created")) is None
    assert by.pop(("event", "cta_click")) is None
    assert set(by) == {
        ("owner", "assigned"), ("note", "NOTE"), ("event", "crm_contact"),
        ("event", "crm_manual_move"), ("event", "budget_confirmed"), ("event", "handoff"),
        ("event", "reopened"), ("event", "next_action_saved"),
    }  # fmt: skip
    assert set(by.values()) == {"Bia"}


async def test_a_merged_lead_stays_with_whom_it_was(api: Served, database: str) -> None:
    await user(api, "Alba", "admin")
    first = await api.lead()
    again = "INSERT INTO leads (nome, segmento_interesse, uf) VALUES ($1, $2, $3) RETURNING id"
    (row,) = await execute(database, again, "Ana Prado", "CAVALOS", "MG")
    await given(api, {}, "Alba", {"id": str(row["id"])})
    merged = await api.client.post("/admin/dedup-leads", json={"dry_run": False})
    assert merged.json()["deleted_leads"] == 1
    assert (await api.client.get("/crm/owners")).json()[first["id"]] == "Alba"
