"""Contacts: recorded by channel, and the last one of each lead."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_a_contact_is_an_event_by_its_channel(api: Served, database: str) -> None:
    lead = (await api.lead())["id"]
    path = f"/crm/leads/{lead}/contacts"
    assert (await api.client.post(path, json={"channel": "whatsapp"})).json() == {"ok": True}
    (event,) = await execute(database, "SELECT *, metadata::text AS carried FROM events")
    assert (str(event["lead_id"]), event["event_type"]) == (lead, "crm_contact")
    assert json.loads(event["carried"]) == {"channel": "whatsapp", "source": "api"}
    (note,) = (await api.client.get(f"/crm/leads/{lead}/notes")).json()["notes"]
    assert (note["type"], note["text"]) == ("CONTACT", "whatsapp")
    (done,) = await execute(database, "SELECT lead_id::text, facts::text FROM galope.audit")
    assert str(done["lead_id"]) == str(lead)
    assert json.loads(done["facts"]) == {"channel": "whatsapp", "event": str(event["id"])}
    undone = await api.client.delete(f"/leads/{lead}/events/{event['id']}")
    assert undone.is_success, undone.text
    assert (await api.client.get("/crm/contacts")).json() == {}


@pytest.mark.parametrize("body", [{}, {"channel": "pigeon"}])
async def test_a_contact_needs_a_channel(api: Served, body: dict[str, str]) -> None:
    lead = (await api.lead())["id"]
    assert (await api.client.post(f"/crm/leads/{lead}/contacts", json=body)).status_code == 400


async def test_nobody_can_be_in_touch_with_a_lead_there_is_not(api: Served) -> None:
    answer = await api.client.post(f"/crm/leads/{uuid4()}/contacts", json={"channel": "call"})
    assert answer.status_code == 404


async def test_the_last_contact_is_the_newest_talk_or_note_of_one(
    api: Served, database: str
) -> None:
    """Contacts were notes, of type ``CONTACT``, before they were events."""
    names = ("Ana", "Bia", "Caio", "Davi")
    old, both, never, noted = [(await api.lead(nome=name))["id"] for name in names]
    note = (
        "INSERT INTO lead_notes (lead_id, note_type, created_at)"
        " VALUES ($1::text::uuid, $2, $3::text::timestamptz)"
    )
    before = "2025-01-02T10:00:00+00:00"
    for lead in (old, both):
        event = {"lead_id": lead, "event_type": "whatsapp_reply", "ts": before}
        (await api.client.post("/events", json=event)).raise_for_status()
    await api.client.post("/events", json={"lead_id": never, "event_type": "page_view"})
    await api.client.post(f"/crm/leads/{never}/notes", json={"note": "parece bom"})
    await api.client.post(f"/crm/leads/{both}/contacts", json={"channel": "call"})
    await execute(database, note, noted, "CONTACT", before)
    last = (await api.client.get("/crm/contacts")).json()
    assert set(last) == {old, both, noted}
    assert last[old] == last[noted] == before
    assert datetime.fromisoformat(last[both]).year > 2025
