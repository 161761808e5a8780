"""Events recorded and taken back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from api.texts import Text
from postgres.install import install
from tests.api.served import execute, served
from tests.postgres.doors import DOORS
from tests.sql.existing import TABLES
from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_a_time_without_a_zone_is_the_teams(database: str) -> None:
    async with served(database, timezone="America/Sao_Paulo") as api:
        lead = await api.lead()
        event = {"lead_id": lead["id"], "event_type": "cta_click", "ts": "2026-05-04T12:00:00"}
        stored = [
            (await api.client.post("/events", json=event)).json(),
            *(await api.client.post("/events/batch", json={"events": [event]})).json()["events"],
        ]
    assert [datetime.fromisoformat(row["ts"]) for row in stored] == [
        datetime(2026, 5, 4, 15, tzinfo=UTC)
    ] * 2


async def test_an_event_is_recorded(api: Served) -> None:
    lead = await api.lead()
    body = {"lead_id": lead["id"], "event_type": "cta_click", "metadata": {"page": "/haras"}}
    answer = await api.client.post("/events", json=body)
    event = answer.json()
    assert answer.status_code == 201
    assert body.items() <= event.items()
    assert {"id", "ts"} <= set(event)
    for missing in ({"event_type": "x"}, {"lead_id": lead["id"]}, {}):
        refused = await api.client.post("/events", json=missing)
        assert refused.status_code == 400
        assert refused.json()["error"] == "lead_id e event_type são obrigatórios"


@pytest.mark.parametrize("name", ["events is partitioned", "leads is partitioned"])
async def test_tables_may_be_partitioned(empty_database: str, name: str) -> None:
    existing = await asyncpg.connect(empty_database)
    await existing.execute(TABLES + DOORS[name].made)
    await install(existing)
    await existing.close()
    async with served(empty_database) as api:
        body = {"nome": "Ana", "segmento_interesse": "CAVALOS"}
        leads = [
            (await api.client.post("/leads", json=body, headers={"Idempotency-Key": "1"})).json()
            for _ in range(2)
        ]
        assert leads[0]["id"] == leads[1]["id"]
        lead = leads[0]
        event = {"lead_id": lead["id"], "event_type": "cta_click", "event_id": str(uuid4())}
        first, again = [(await api.client.post("/events", json=event)) for _ in range(2)]
        assert (first.status_code, first.text) == (again.status_code, again.text)
        assert first.status_code == 201
        batch = {"events": [event, {"lead_id": lead["id"], "event_type": "page_view"}]}
        assert (await api.client.post("/events/batch", json=batch)).status_code == 201
    stored = await execute(empty_database, "SELECT event_type FROM events ORDER BY event_type")
    assert [row["event_type"] for row in stored] == ["cta_click", "page_view"]


async def test_an_event_recorded_by_mistake_is_taken_back(api: Served, database: str) -> None:
    lead, other = await api.lead(), await api.lead(nome="Bia Prado")
    outcomes = "SELECT FROM galope.outcome"
    async with child(database) as stream:
        await stream.says("streaming")
        address = f"/leads/{lead['id']}/apply-rule"
        await api.client.post(address, json={"rule_code": "budget_confirmed"})
        applied = (await api.client.post(address, json={"rule_code": "lost_interest"})).json()
        assert len(await execute(database, outcomes)) == 1
        event = f"events/{applied['event_id']}"
        elsewhere = await api.client.delete(f"/leads/{other['id']}/{event}")
        assert (elsewhere.status_code, elsewhere.json()["error"]) == (404, Text.EVENT_NOT_FOUND)
        assert len(await execute(database, "SELECT FROM events")) == 2
        undone = (await api.client.delete(f"/leads/{lead['id']}/{event}")).json()
        assert await execute(database, outcomes) == []
    (left,) = await execute(database, "SELECT event_type FROM events")
    assert left["event_type"] == "budget_confirmed"
    assert undone["lead"]["score"] == undone["transition"]["to_score"] == 20
    assert undone["transition"] == {
        "from_stage": applied["transition"]["to_stage"],
        "to_stage": applied["transition"]["from_stage"],
        "from_status": applied["transition"]["to_status"],
        "to_status": applied["transition"]["from_status"],
        "from_score": applied["transition"]["to_score"],
        "to_score": applied["transition"]["from_score"],
    }
    again = await api.client.delete(f"/leads/{lead['id']}/{event}")
    assert (again.status_code, again.json()["error"]) == (404, Text.EVENT_NOT_FOUND)
    (row,) = await execute(
        database, "SELECT lead_id::text, facts FROM galope.audit WHERE action = 'event taken back'"
    )
    assert tuple(row) == (lead["id"], '{"event_type": "lost_interest"}')


async def test_a_batch_is_stored_whole_or_not_at_all(api: Served, database: str) -> None:
    lead = await api.lead()
    good = {"lead_id": lead["id"], "event_type": "page_view"}
    answer = await api.client.post("/events/batch", json={"events": [good] * 1000})
    assert answer.status_code == 201
    assert len({one["id"] for one in answer.json()["events"]}) == 1000
    for bad, named in (
        ({"lead_id": str(uuid4()), "event_type": "x"}, "events.1"),
        ({"lead_id": "x", "event_type": "x"}, "events.1.lead_id"),
        ({"lead_id": lead["id"]}, "events.1.event_type"),
    ):
        answer = await api.client.post("/events/batch", json={"events": [good, bad]})
        assert answer.status_code == 400
        assert [one["field"] for one in answer.json()["fields"]] == [named]
    for events in ([], [good] * 1001):
        answer = await api.client.post("/events/batch", json={"events": events})
        assert answer.status_code == 400
    (row,) = await execute(database, "SELECT count(*) AS stored FROM events")
    assert row["stored"] == 1000


async def test_what_is_sent_twice_is_stored_once(api: Served, database: str) -> None:
    lead = await api.lead()
    event = {"lead_id": lead["id"], "event_type": "cta_click"}
    named = event | {"event_id": str(uuid4())}
    header = {"Idempotency-Key": "form 7"}
    for body, headers in ((named, {}), (event, header)):
        answers = await asyncio.gather(
            *(api.client.post("/events", json=body, headers=headers) for _ in range(5))
        )
        assert {one.status_code for one in answers} == {201}
        assert len({one.text for one in answers}) == 1
        other = body | {"event_type": "other"}
        conflict = await api.client.post("/events", json=other, headers=headers)
        assert conflict.status_code == 409
    assert len(await execute(database, "SELECT FROM events")) == 2
    batch = {"events": [event, event]}
    for _ in range(2):
        assert (
            await api.client.post("/events/batch", json=batch, headers=header)
        ).status_code == 201
    assert len(await execute(database, "SELECT FROM events")) == 4
    body = {"nome": "Bia", "segmento_interesse": "EVENTOS"}
    first = await api.client.post("/leads", json=body, headers=header)
    await execute(database, "UPDATE leads SET created_at = now() - interval '2 hours'")
    again = await api.client.post("/leads", json=body, headers=header)
    assert (again.json()["id"], again.json()["deduplicated"]) == (first.json()["id"], True)
