"""Leads by origin and week, and how far they come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served

NOW = datetime.now(UTC)


async def touched(api: Served, lead: str, days_ago: float, metadata: Any) -> None:
    event = {"lead_id": lead, "event_type": "page_view", "metadata": metadata}
    ts = (NOW - timedelta(days=days_ago)).isoformat()
    (await api.client.post("/events", json=event | {"ts": ts})).raise_for_status()


async def asked(api: Served, **params: Any) -> list[tuple[str | None, int, int]]:
    answer = await api.client.get("/origins", params=params)
    assert answer.status_code == 200, answer.text
    return [(one["origin"], one["leads"], one["qualified"]) for one in answer.json()["items"]]


async def test_the_first_or_the_last_touch_says_where_a_lead_came_from(
    api: Served, database: str
) -> None:
    two, one, none = [(await api.lead(nome=name))["id"] for name in ("Ana", "Bia", "Caio")]
    await touched(api, two, 5, {"page": "/blog"})
    await touched(api, two, 4, {"utm_source": "google", "utm_campaign": "feira", "page": "/feira"})
    await touched(api, two, 3, {"utm_source": "instagram", "utm_campaign": "leilao"})
    await touched(api, one, 2, {"utm_source": "google", "referrer": "https://x.example"})
    await touched(api, none, 1, [1])
    await execute(
        database,
        "INSERT INTO galope.outcome (lead_id, head, converted, resolved_at, source)"
        f" VALUES ('{two}', 'qualify', true, now(), 'handoff')",
    )
    assert await asked(api, by="source") == [("google", 2, 1), (None, 1, 0)]
    last = sorted(await asked(api, by="source", touch="last"), key=str)
    assert last == [("google", 1, 0), ("instagram", 1, 1), (None, 1, 0)]
    assert ("feira", 1, 1) in await asked(api)
    assert ("https://x.example", 1, 0) in await asked(api, by="referrer")
    assert ("/feira", 1, 1) in await asked(api, by="landing")


async def test_leads_are_counted_in_the_week_they_came(api: Served, database: str) -> None:
    lead = (await api.lead())["id"]
    came = NOW - timedelta(weeks=3)
    await execute(
        database, f"UPDATE leads SET created_at = '{came.isoformat()}' WHERE id = '{lead}'"
    )
    assert await asked(api, weeks=2) == []
    (item,) = (await api.client.get("/origins", params={"weeks": 5})).json()["items"]
    week = date.fromisoformat(item["week"])
    assert week.weekday() == 0
    assert abs((came.date() - week).days) < 8


@pytest.mark.parametrize("params", [{"by": "x"}, {"touch": "x"}, {"weeks": 0}])
async def test_what_is_asked_wrongly_is_refused(api: Served, params: dict[str, Any]) -> None:
    assert (await api.client.get("/origins", params=params)).status_code == 400


async def test_a_funnel_counts_who_reached_a_stage_and_how_long_it_took(
    api: Served, database: str
) -> None:
    came = NOW - timedelta(days=2)
    leads = [(await api.lead(nome=name))["id"] for name in ("Ana", "Bia", "Caio", "Davi")]
    await execute(database, "UPDATE leads SET created_at = $1, score_probability = 0.25", came)
    scored = """INSERT INTO galope.score_history
        (lead_id, scored_at, cause, score_after, status, probability, points, model_version)
        VALUES ($1, $2, 'x', 50, $3, 0.5, '{}', 1)"""
    for lead, hours, status in (
        (leads[0], 0, "CURIOSO"), (leads[0], 4, "AQUECENDO"), (leads[0], 10, "QUALIFICADO"),
        (leads[1], 0, "CURIOSO"), (leads[1], 6, "AQUECENDO"), (leads[1], 7, "CURIOSO"),
        (leads[2], 30, "AQUECENDO"),  # first scored long after it came: nobody knows when it warmed
    ):  # fmt: skip
        await execute(database, scored, lead, came + timedelta(hours=hours), status)
    await execute(database, "UPDATE leads SET status = 'AQUECENDO' WHERE id = $1", leads[2])
    handoff = "INSERT INTO events (lead_id, event_type, ts) VALUES ($1, 'handoff', $2)"
    await execute(database, handoff, leads[0], came + timedelta(hours=12))
    resolved = """INSERT INTO galope.outcome (lead_id, head, converted, resolved_at, source)
        VALUES ($1, 'qualify', true, $2, 'handoff')"""
    await execute(database, resolved, leads[0], came + timedelta(hours=12))
    said = (await api.client.get("/funnel")).json()
    assert [(one["stage"], one["leads"], one["hours"]) for one in said["stages"]] == [
        ("INBOX", 4, 5.0), ("AQUECENDO", 3, 6.0), ("QUALIFICADO", 1, 2.0), ("ENVIADO", 1, None),
    ]  # fmt: skip
    (cohort,) = said["cohorts"]
    assert (cohort["leads"], cohort["within"], cohort["qualified"]) == (4, [1, 1, 1], 1)
    assert (cohort["expected"], cohort["variance"]) == (0.75, 3 * 0.25 * 0.75)
    (origin,) = (await api.client.get("/origins")).json()["items"]
    assert origin["expected"] == 0.75


async def test_what_an_origin_cost_is_recorded_and_taken_back(api: Served) -> None:
    cost = {"origin": "feira", "day": NOW.date().isoformat(), "amount": 1500.555}
    made = await api.client.post("/origins/costs", json=cost)
    assert made.status_code == 201, made.text
    old = cost | {"day": (NOW - timedelta(weeks=30)).date().isoformat()}
    assert (await api.client.post("/origins/costs", json=old)).status_code == 201
    (item,) = (await api.client.get("/origins/costs")).json()["items"]
    assert (item["origin"], item["amount"]) == ("feira", 1500.56)
    assert (await api.client.get("/origins/costs", params={"by": "source"})).json()["items"] == []
    path = f"/origins/costs/{made.json()['id']}"
    assert (await api.client.delete(path)).status_code == 200
    again = await api.client.delete(path)
    assert (again.status_code, again.json()["error"]) == (404, Text.COST_NOT_FOUND)


@pytest.mark.parametrize("change", [{"amount": 0}, {"amount": "x"}, {"day": "x"}, {"origin": ""}])
async def test_a_cost_needs_an_origin_a_day_and_an_amount(
    api: Served, change: dict[str, Any]
) -> None:
    cost = {"origin": "feira", "day": "2026-05-04", "amount": 10} | change
    answer = await api.client.post("/origins/costs", json=cost)
    assert (answer.status_code, answer.json()["error"]) == (400, Text.COST_REQUIRED)
