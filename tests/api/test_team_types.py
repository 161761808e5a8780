"""Beside columns of the team's own types: what they can't hold is refused, all else is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from postgres.install import install
from tests.api.served import served
from tests.postgres.doors import swapped
from tests.sql.existing import TABLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.api.served import Served

KINDS = {
    "an enumeration": "CREATE TYPE kind AS ENUM ('page_view', 'cta_click'); "
    + swapped("events", "event_type text", "event_type kind"),
    "a domain over one": "CREATE TYPE kinds AS ENUM ('page_view', 'cta_click');"
    "CREATE DOMAIN kind AS kinds; " + swapped("events", "event_type text", "event_type kind"),
    "a domain with a check": "CREATE DOMAIN kind AS text CHECK (VALUE <> 'webinar_watched');"
    "ALTER TABLE events ALTER event_type TYPE kind",
    "a short varchar": "ALTER TABLE events ALTER event_type TYPE varchar(10)",
    "a text with a check": "ALTER TABLE events ADD CHECK (event_type <> 'webinar_watched')",
}
"""What a column for types of events may be that takes ``page_view`` and not others."""

ANSWERS = {
    "enumerations": "CREATE TYPE state AS ENUM ('MG', 'SP');"
    "CREATE TYPE segment AS ENUM ('CAVALOS', 'SERVICOS');"
    "ALTER TABLE leads ALTER uf TYPE state USING uf::text::state;"
    "ALTER TABLE leads ALTER segmento_interesse TYPE segment USING segmento_interesse::segment",
    "domains": "CREATE DOMAIN state AS text CHECK (VALUE <> 'XX');"
    "ALTER TABLE leads ALTER uf TYPE state",
    "text without regard to case": "CREATE EXTENSION citext;"
    "ALTER TABLE leads ALTER nome TYPE citext, ALTER segmento_interesse TYPE citext",
}
"""What columns for a lead's answers may be."""


async def beside(database: str, made: str) -> AsyncIterator[Served]:
    """Serve the API beside tables that were altered."""
    connection = await asyncpg.connect(database)
    await connection.execute(f"{TABLES}{made}; DROP TABLE partners")
    await install(connection)
    await connection.close()
    async with served(database) as api:
        yield api


@pytest.mark.parametrize("kind", KINDS)
async def test_types_of_events(empty_database: str, kind: str) -> None:
    async for api in beside(empty_database, KINDS[kind]):
        lead = await api.lead()

        def event(event_type: str, lead_id: str = lead["id"]) -> dict[str, Any]:
            return {"lead_id": lead_id, "event_type": event_type}

        stored = await api.client.post("/events", json=event("page_view"))
        assert (stored.status_code, stored.json()["event_type"]) == (201, "page_view")
        refused = await api.client.post("/events", json=event("webinar_watched"))
        assert (refused.status_code, refused.json()["error"]) == (400, "Valor inválido")
        both = {"events": [event("page_view"), event("webinar_watched")]}
        assert (await api.client.post("/events/batch", json=both)).status_code == 400
        contact = f"/crm/leads/{lead['id']}/contacts"
        assert (await api.client.post(contact, json={"channel": "call"})).status_code in {200, 400}
        for call in ("timeline", "managerial-report", "explanation"):
            answer = await api.client.get(f"/leads/{lead['id']}/{call}")
            assert answer.status_code == 200, answer.text
        undone = await api.client.post("/handoff/undo", json={"lead_id": lead["id"]})
        assert undone.status_code < 500, undone.text


@pytest.mark.parametrize("answers", ANSWERS)
async def test_answers_of_leads(empty_database: str, answers: str) -> None:
    async for api in beside(empty_database, ANSWERS[answers]):
        lead = await api.lead()
        again = await api.client.post(
            "/leads", json={"nome": "Ana Prado", "segmento_interesse": "CAVALOS", "uf": "MG"}
        )
        assert again.json()["id"] == lead["id"]
        for call in ("/leads", "/leads/count", "/crm/board", "/leads/export.csv"):
            for asked in (
                "uf=MG&segmento_interesse=CAVALOS",
                "segment=CAVALOS",
                "sort=segmento_interesse",
            ):
                answer = await api.client.get(f"{call}?{asked}")
                assert answer.status_code < 500, answer.text
        found = (await api.client.get("/leads?uf=MG&segmento_interesse=CAVALOS")).json()
        assert [row["id"] for row in found] == [lead["id"]]
        assert (await api.client.get("/leads?uf=SP")).json() == []
        report = await api.client.get(f"/leads/{lead['id']}/managerial-report")
        assert report.status_code == 200, report.text
