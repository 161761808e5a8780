"""Imports of what happened to leads: whose it is, what is wrong by row, and the undoing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from api.texts import Text
from tests.api.served import execute
from tests.api.workbooks import workbook

if TYPE_CHECKING:
    from tests.api.served import Served

FILE = (
    "Telefone;E-mail;O que aconteceu;Data;Valor;Obs\r\n"
    "(34) 99999-0001;;Marcou reunião;20/11/2025 14:30;;x\r\n"
    ";ANA@example.com;purchase;21/11/2025;R$ 1.500,50;\r\n"
    "34 90000-0000;;purchase;21/11/2025;10;\r\n"
    ";;purchase;31/02/2025;muito;\r\n"
    "5534999990001;;meeting_scheduled;20/11/2025 14:30;;de novo\r\n"
)


def body(content: bytes | str = FILE, **more: Any) -> dict[str, Any]:
    raw = content.encode("latin-1") if isinstance(content, str) else content
    return {"content": base64.b64encode(raw).decode(), **more}


async def preview(api: Served, content: bytes | str = FILE, **more: Any) -> dict[str, Any]:
    answer = await api.client.post("/imports/events/preview", json=body(content, **more))
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def do(api: Served, content: bytes | str = FILE, **more: Any) -> dict[str, Any]:
    sent = body(content, **{"import_id": str(uuid4()), **more})
    answer = await api.client.post("/imports/events", json=sent)
    assert answer.status_code == 201, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def stored(database: str) -> list[tuple[str, str, Any]]:
    rows = await execute(
        database,
        "SELECT nome, event_type, metadata::text FROM events JOIN leads AS l ON l.id = lead_id"
        " ORDER BY ts, nome",
    )
    return [(row["nome"], row["event_type"], json.loads(row["metadata"] or "{}")) for row in rows]


async def test_a_preview_says_whose_events_they_are_and_stores_nothing(
    api: Served, database: str
) -> None:
    ana = await api.lead(whatsapp="34 99999-0001", email="ana@example.com")
    seen = await preview(api)
    assert [one["field"] for one in seen["columns"]] == [
        "whatsapp", "email", "event_type", "ts", "amount", None,
    ]  # fmt: skip
    assert (seen["rows"], seen["ready"], seen["duplicates"]) == (5, 2, 1)
    first, second, _ = seen["sample"]
    assert first == {
        "row": 2, "lead_id": ana["id"], "lead_name": "Ana Prado", "event_type": "meeting_scheduled",
        "ts": "2025-11-20T14:30:00-03:00", "amount": None, "whatsapp": "(34) 99999-0001",
    }  # fmt: skip
    assert (second["lead_id"], second["amount"]) == (ana["id"], 1500.5)
    refused = {
        row["row"]: [(one["field"], one["problem"]) for one in row["problems"]]
        for row in seen["refused"]
    }
    assert refused == {
        4: [("whatsapp", "unknown")],
        5: [("lead", "missing"), ("ts", "invalid"), ("amount", "invalid")],
    }
    assert seen["refused"][0]["cells"][0] == "34 90000-0000"
    assert await stored(database) == []


async def test_what_can_be_stored_is_stored_once_and_taken_back(api: Served, database: str) -> None:
    await api.lead(whatsapp="34 99999-0001", email="ana@example.com")
    sent = {"import_id": str(uuid4())}
    done = await do(api, **sent)
    assert (done["added"], done["skipped"], len(done["refused"])) == (2, 1, 2)
    expected = [
        ("Ana Prado", "meeting_scheduled", {}), ("Ana Prado", "purchase", {"amount": 1500.5}),
    ]  # fmt: skip
    assert await stored(database) == expected
    for again in (sent, {}):
        done = await do(api, **again)
        assert (done["added"], done["skipped"]) == (0, 3)
    (listed,) = (await api.client.get("/imports")).json()["items"]
    assert (listed["events"], listed["leads"], listed["erased"]) == (2, 0, None)
    undo = f"/imports/{sent['import_id']}/undo"
    undone = await api.client.post(undo)
    assert undone.json() == {"ok": True, "erased": 2, "kept": []}
    assert await stored(database) == []
    assert (await api.client.post(undo)).status_code == 404
    assert (await api.client.get("/imports")).json()["items"][0]["erased"] == 2


async def test_an_event_is_of_the_lead_that_was_there(api: Served, database: str) -> None:
    early = await api.lead(nome="Cedo", whatsapp="34 99999-0002")
    late = await api.lead(nome="Tarde", whatsapp="34 99999-0002")
    for lead, at in ((early, "2025-01-01"), (late, "2025-06-01")):
        await execute(database, f"UPDATE leads SET created_at = '{at}' WHERE id = '{lead['id']}'")
    rows = [
        ["celular", "data"], ["34999990002", "10/03/2025"], ["34999990002", "10/07/2025"],
        ["34999990002", "10/12/2024"],
    ]  # fmt: skip
    seen = await preview(api, workbook(rows), event_type="Perguntou o preço")
    assert [(one["lead_name"], one["event_type"]) for one in seen["sample"]] == [
        ("Cedo", "asked_price"), ("Tarde", "asked_price"), ("Tarde", "asked_price"),
    ]  # fmt: skip


async def test_a_mapping_has_a_field_a_column(api: Served) -> None:
    answer = await api.client.post("/imports/events/preview", json=body(mapping=["ts"]))
    assert (answer.status_code, answer.json()["error"]) == (400, Text.EVENT_MAPPING_REFUSED)
