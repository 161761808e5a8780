"""The board, moves and handoffs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.api.served import execute
from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_the_board(api: Served, database: str, prefix: str) -> None:
    for number, (status, stage) in enumerate(
        [
            ("CURIOSO", "INBOX"),
            ("AQUECENDO", "INBOX"),
            ("CURIOSO", "QUALIFICADO"),
            ("ENVIADO", "AQUECENDO"),
        ]
    ):
        lead = await api.lead(nome=f"Lead {number}")
        await execute(
            database,
            "UPDATE leads SET status = $2, crm_stage = $3, score = $4 WHERE id = $1",
            *(lead["id"], status, stage, number),
        )
    best = await api.client.get(f"{prefix}/board", params={"order": "best", "limit": 3})
    assert [one["nome"] for one in best.json()["items"]] == ["Lead 3", "Lead 2", "Lead 1"]
    items = (await api.client.get(f"{prefix}/board")).json()["items"]
    stages = [(one["nome"], one["crm_stage"]) for one in items]
    assert stages == [
        ("Lead 3", "ENVIADO"),
        ("Lead 2", "QUALIFICADO"),
        ("Lead 1", "AQUECENDO"),
        ("Lead 0", "INBOX"),
    ]
    some = await api.client.get(f"{prefix}/board", params={"stage": "AQUECENDO"})
    assert [one["nome"] for one in some.json()["items"]] == ["Lead 1"]
    page = await api.client.get(f"{prefix}/board", params={"limit": 1, "offset": 1, "q": "lead"})
    assert [one["nome"] for one in page.json()["items"]] == ["Lead 2"]


@pytest.mark.parametrize(
    ("stage", "status", "score"),
    [
        ("INBOX", "CURIOSO", 39),
        ("AQUECENDO", "AQUECENDO", 55),
        ("QUALIFICADO", "QUALIFICADO", 70),
        ("ENVIADO", "ENVIADO", 70),
    ],
)
@pytest.mark.usefixtures("unmeasured_children")
async def test_a_card_is_moved(
    api: Served, database: str, stage: str, status: str, score: int
) -> None:
    lead = await api.lead()
    await execute(database, "UPDATE leads SET score = 55, status = 'AQUECENDO'")
    body = {"lead_id": lead["id"], "stage": stage}
    answer = (await api.client.post("/crm/move", json=body)).json()
    transition = {
        "from_stage": "AQUECENDO",
        "to_stage": stage,
        "from_status": "AQUECENDO",
        "to_status": status,
        "from_score": 55,
        "to_score": score,
    }
    assert answer["ok"] is True
    assert answer["transition"] == transition
    assert (answer["lead"]["status"], answer["lead"]["crm_stage"]) == (status, stage)
    (event,) = await execute(database, "SELECT event_type, metadata::text FROM events")
    assert event["event_type"] == "crm_manual_move"
    async with child(database) as stream:
        await stream.says("streaming")
        live = (await api.client.post(f"/leads/{lead['id']}/score")).json()
        gate = await api.client.post(
            f"/crm/leads/{lead['id']}/apply-rule", json={"rule_code": "sent_documents"}
        )
    # The stream keeps a moved card where it is; one put back may rise by what the lead does.
    assert live["status"] == status
    assert gate.json()["qualification_gate"]["open"] is False


async def test_a_move_confirms_what_the_person_says_and_nothing_else(
    api: Served, database: str
) -> None:
    lead = await api.lead()
    body = {"lead_id": lead["id"], "stage": "QUALIFICADO", "confirms": ["budget_confirmed"]}
    (await api.client.post("/crm/move", json=body)).raise_for_status()
    events = await execute(database, "SELECT event_type FROM events ORDER BY event_type")
    assert [event["event_type"] for event in events] == ["budget_confirmed", "crm_manual_move"]
    refused = await api.client.post("/crm/move", json=body | {"confirms": ["tudo"]})
    assert refused.status_code == 400


async def test_a_move_keeps_what_clients_read_of_it(api: Served, database: str) -> None:
    lead = await api.lead()
    await execute(database, """UPDATE leads SET score_meta = '{"theirs": 1}'""")
    body = {"id": lead["id"], "stage": "QUALIFICADO", "source": "kanban"}
    meta = (await api.client.post("/crm/move", json=body)).json()["lead"]["score_meta"]
    assert meta["theirs"] == 1
    move = meta["crm_manual_move"]
    assert (move["from_stage"], move["to_stage"], move["source"]) == (
        "INBOX",
        "QUALIFICADO",
        "kanban",
    )


async def test_an_unknown_stage_is_refused(api: Served) -> None:
    lead = await api.lead()
    answer = await api.client.post("/move", json={"lead_id": lead["id"], "stage": "LUA"})
    assert (answer.status_code, answer.json()["error"]) == (400, "stage inválido")


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_a_card_that_is_elsewhere_stays_there(
    api: Served, database: str, prefix: str
) -> None:
    lead = await api.lead()
    await execute(database, "UPDATE leads SET status = 'AQUECENDO'")
    rows = "SELECT l::text, (SELECT count(*) FROM events) AS events FROM leads AS l"
    before = await execute(database, rows)
    body = {"lead_id": lead["id"], "stage": "QUALIFICADO"}
    refused = await api.client.post(f"{prefix}/move", json=body | {"expected_stage": "CURIOSO"})
    assert refused.status_code == 409
    assert refused.json() == {
        "error": "O lead já está em outra etapa",
        "current_stage": "AQUECENDO",
    }
    unknown = await api.client.post(f"{prefix}/move", json=body | {"expected_stage": "LUA"})
    assert (unknown.status_code, unknown.json()["error"]) == (400, "stage inválido")
    assert await execute(database, rows) == before
    moved = await api.client.post(f"{prefix}/move", json=body | {"expected_stage": "aquecendo"})
    assert moved.json()["transition"]["from_stage"] == "AQUECENDO"


async def test_of_two_who_move_a_card_at_once_one_is_refused(api: Served, database: str) -> None:
    lead = await api.lead()
    move = {"lead_id": lead["id"], "expected_stage": "INBOX"}
    answers = await asyncio.gather(
        *(
            api.client.post("/crm/move", json=move | {"stage": stage})
            for stage in ("AQUECENDO", "QUALIFICADO")
        )
    )
    done, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (done.status_code, refused.status_code) == (200, 409)
    (row,) = await execute(database, "SELECT crm_stage FROM leads")
    assert row["crm_stage"] == done.json()["lead"]["crm_stage"] == refused.json()["current_stage"]


async def test_a_qualified_lead_is_handed_off(api: Served, database: str) -> None:
    lead = await api.lead()
    body = {"lead_id": lead["id"], "channel": "whatsapp"}
    early = await api.client.post("/handoff", json=body)
    assert (early.status_code, early.json()["current_status"]) == (409, "CURIOSO")
    await execute(database, "UPDATE leads SET status = 'QUALIFICADO'")
    assert (await api.client.post("/handoff", json=body)).json() == {"ok": True}
    (row,) = await execute(database, "SELECT status, event_type FROM leads, events")
    assert tuple(row) == ("ENVIADO", "handoff")
    again = await api.client.post("/handoff", json=body)
    assert (again.status_code, again.json()["current_status"]) == (409, "ENVIADO")


@pytest.mark.parametrize("stage", ["INBOX", "QUALIFICADO"])
async def test_a_handoff_names_its_partner_and_is_taken_back(
    api: Served, database: str, stage: str
) -> None:
    lead, partner = await api.lead(), "2b1f7f0e-8f0a-4a53-9a0c-5a5f1c7e9d10"
    undo = {"lead_id": lead["id"]}
    assert (await api.client.post("/handoff/undo", json=undo)).status_code == 404
    await execute(database, "UPDATE leads SET status = 'QUALIFICADO', crm_stage = $1", stage)
    body = {"lead_id": lead["id"], "partner_id": partner}
    (await api.client.post("/handoff", json=body)).raise_for_status()
    (event,) = await execute(database, "SELECT metadata ->> 'partner_id' AS partner FROM events")
    assert event["partner"] == partner
    back = (await api.client.post("/handoff/undo", json=undo)).json()
    assert (back["lead"]["status"], back["lead"]["crm_stage"]) == ("QUALIFICADO", stage)
    assert await execute(database, "SELECT FROM events") == []
