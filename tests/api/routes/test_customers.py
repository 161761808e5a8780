"""Customers over HTTP: who has bought, what kind they are, and what they will buy."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from api.services import customers as service
from api.texts import Text
from bench.testbed import QUERIES as BENCH
from domain.customers.segments import SEGMENTS
from offline.value import fit_and_keep
from postgres.settings import Settings
from tests.stream.replay import drained

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.api.served import Served

NOW = datetime.now(ZoneInfo("America/Sao_Paulo")).replace(hour=0, minute=0, second=1)
"""Today, early enough to be in the past whenever the tests run."""
DECLARED = {"event_amount": "amount", "event_labels": ["family"]}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read customers anew at every call."""
    monkeypatch.setattr(service, "FRESH_S", 0.0)


async def customer(connection: Connection, name: str, days: list[int], **carried: Any) -> UUID:
    """Store a lead that bought so many days ago, for 100 each unless it is said."""
    lead_id = uuid4()
    await connection.execute(
        "INSERT INTO leads (id, nome, uf, cidade, segmento_interesse, created_at)"
        " VALUES ($1, $2, 'MG', 'Uberaba', 'CAVALOS', $3)",
        lead_id, name, NOW - timedelta(days=max(days) + 1),
    )  # fmt: skip
    for ago in days:
        await bought(connection, lead_id, ago, **carried)
    return lead_id


async def bought(connection: Connection, lead_id: UUID, ago: int, **carried: Any) -> None:
    """Store what a customer bought so many days ago; a negative amount came back."""
    values: dict[str, Any] = {"amount": 100, "family": "feed"} | carried
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, ts, metadata) VALUES ($1, $2, $3, $4)",
        lead_id, "return" if values["amount"] < 0 else "purchase", NOW - timedelta(days=ago),
        json.dumps(values),
    )  # fmt: skip


@pytest_asyncio.fixture
async def trade(api: Served, database: str, connection: Connection) -> dict[str, UUID]:
    """Seventy customers of several kinds, all read by the stream."""
    await connection.execute(BENCH["decide"], json.dumps(DECLARED))
    ids = {
        "Regina": await customer(connection, "Regina", list(range(2, 400, 30)), amount=300),
        "Ausente": await customer(connection, "Ausente", list(range(200, 500, 20))),
        "Nova": await customer(connection, "Nova", [9], family="Ração"),
        "Antiga": await customer(connection, "Antiga", [700]),
    }
    for number in range(66):
        days = list(range(5 + number, 5 + number + 40 * (1 + number % 4), 40))
        await customer(connection, f"Comum {number}", days)
    await api.lead(nome="Nunca Comprou")
    await drained(database)
    return ids


async def fitted(connection: Connection, database: str) -> None:
    """Fit what customers will buy."""
    settings = Settings.model_validate({"DATABASE_URL": database})
    assert await fit_and_keep(connection, settings, datetime.now(UTC)) == 70


async def found(api: Served, path: str, **asked: Any) -> Any:
    """Return what a call answers."""
    answer = await api.client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_whoever_has_bought_is_a_customer(api: Served, trade: dict[str, UUID]) -> None:
    page = await found(api, "/api/clients", sort="name", limit=3)
    assert page["total"] == 70
    assert [one["name"] for one in page["items"]] == ["Antiga", "Ausente", "Comum 0"]
    assert page["items"][0]["forecast"] is None
    second = await found(api, "/api/clients", sort="name", limit=3, offset=3)
    assert second["items"][0]["name"] == "Comum 1"
    (one,) = (await found(api, "/api/clients", q="regin"))["items"]
    assert one["leadId"] == str(trade["Regina"])
    assert (one["orders"], one["spent"], one["daysSince"]) == (14, 4200.0, 2)
    assert (one["segment"], one["segmentText"]) == ("champions", "Campeões")
    assert (await found(api, "/api/clients", segment="lost"))["items"][0]["name"] == "Antiga"
    at_risk = (await found(api, "/api/clients", segment="at_risk"))["items"]
    assert [one["name"] for one in at_risk] == ["Ausente"]
    assert (await found(api, "/api/clients", uf="sp"))["total"] == 0


async def test_a_purchase_moves_a_customer(
    api: Served, trade: dict[str, UUID], connection: Connection, database: str
) -> None:
    path = f"/api/clients/{trade['Ausente']}/summary"
    before = await found(api, path)
    assert (before["segment"], before["orders"]) == ("at_risk", 15)
    await bought(connection, trade["Ausente"], 0, family="TACK", amount=50)
    await bought(connection, trade["Ausente"], 0, family="tack", amount=25)
    await bought(connection, trade["Ausente"], 1, amount=-40)
    await drained(database)
    after = await found(api, path)
    # Two purchases of one day are one order.
    assert (after["orders"], after["spent"], after["returned"]) == (16, 1575.0, 40.0)
    assert (after["segment"], after["daysSince"]) == ("champions", 0)
    assert [(one["family"], one["spent"]) for one in after["families"]] == [
        ("feed", 1500.0),
        ("tack", 75.0),
    ]
    months = (await found(api, f"/api/clients/{trade['Ausente']}/history", months=20))["months"]
    assert len(months) == 20
    assert sum(month["orders"] for month in months) == 16
    assert sum(month["spent"] for month in months) == 1575.0
    assert sum(month["returned"] for month in months) == 40.0
    assert months[0]["month"] < months[-1]["month"]


async def test_the_team_decides_the_bounds(api: Served, trade: dict[str, UUID]) -> None:
    ours = [{"name": "da casa", "orders": 10}, {"name": "lost"}]
    decided = await api.client.put("/admin/policy", json=DECLARED | {"customer_segments": ours})
    assert decided.status_code == 200
    in_force = decided.json()["in_force"]["customer_segments"]
    assert [(one["name"], one["days"], one["orders"]) for one in in_force] == [
        ("da casa", 36_500, 10),
        ("lost", 36_500, 1),
    ]
    assert decided.json()["decided_by"]["customer_segments"] == "team"
    spread = (await found(api, "/api/distribution/segment"))["items"]
    assert [(one["text"], one["count"]) for one in spread] == [("da casa", 2), ("Perdidos", 68)]
    (one,) = (await found(api, "/api/clients", q="Regina"))["items"]
    assert one["segmentText"] == "da casa"
    assert one["leadId"] == str(trade["Regina"])
    for unusable in ([{"name": "new", "days": 30}], [{"name": "a"}, {"name": "b"}], [ours[0]] * 2):
        refused = await api.client.put("/admin/policy", json={"customer_segments": unusable})
        assert (refused.status_code, refused.json()["error"]) == (400, Text.SEGMENTS_UNUSABLE)


async def test_other_bounds_are_tried_before_they_are_decided(
    api: Served, trade: dict[str, UUID]
) -> None:
    path = "/api/distribution/segment"
    now = {one["name"]: one["count"] for one in (await found(api, path))["items"]}
    segments = [segment.to_json() for segment in SEGMENTS]
    same = await api.client.post(path, json={"segments": segments})
    assert {one["name"]: one["count"] for one in same.json()["items"]} == now
    other = {"segments": [{"name": "da casa", "orders": 10}, {"name": "lost"}]}
    tried = (await api.client.post(path, json=other)).json()["items"]
    assert [(one["text"], one["count"]) for one in tried] == [("da casa", 2), ("Perdidos", 68)]
    assert {one["name"]: one["count"] for one in (await found(api, path))["items"]} == now
    refused = await api.client.post(path, json={"segments": [{"name": "a", "days": 1}]})
    assert (refused.status_code, refused.json()["error"]) == (400, Text.SEGMENTS_UNUSABLE)


async def test_forecasts_come_with_intervals(
    api: Served, trade: dict[str, UUID], connection: Connection, database: str
) -> None:
    before = await found(api, "/api/kpis")
    assert (before["customers"], before["expectedValue"]) == (70, None)
    assert (await found(api, "/api/top-risk"))["items"] == []
    await fitted(connection, database)
    best, *_ = (await found(api, "/api/clients", limit=1))["items"]
    assert best["name"] == "Regina"
    summary = await found(api, f"/api/clients/{trade['Regina']}/summary")
    forecast = summary["forecast"]
    assert forecast == best["forecast"]
    assert forecast["ordersLow"] <= forecast["orders"] <= forecast["ordersHigh"]
    assert forecast["valueLow"] < forecast["value"] < forecast["valueHigh"]
    assert forecast["chance"] > 0.8
    assert summary["usualGap"] == 30
    assert summary["dueOn"] > summary["lastOrder"]
    assert summary["fit"]["customers"] == 70
    kpis = await found(api, "/api/kpis")
    everybody = (await found(api, "/api/clients", limit=500))["items"]
    assert kpis["expectedValue"] == pytest.approx(
        sum(one["forecast"]["value"] for one in everybody)
    )
    risky = (await found(api, "/api/top-risk", n=100))["items"]
    assert risky[0]["name"] == "Ausente"
    assert kpis["atRiskCustomers"] == len(risky)
    assert kpis["valueAtStake"] == pytest.approx(sum(one["forecast"]["atStake"] for one in risky))
    stakes = [one["forecast"]["atStake"] for one in risky]
    assert stakes == sorted(stakes, reverse=True)


@pytest.mark.usefixtures("trade")
async def test_money_by_family_and_state(api: Served) -> None:
    spread = (await found(api, "/api/distribution/family"))["items"]
    assert [(one["name"], one["count"]) for one in spread] == [("feed", 69), ("ração", 1)]
    assert sum(one["share"] for one in spread) == pytest.approx(1.0)
    (state,) = (await found(api, "/api/geo"))["items"]
    assert (state["uf"], state["customers"], state["expectedValue"]) == ("MG", 70, None)
    assert state["spent"] == sum(one["money"] for one in spread)


async def test_what_to_do_for_whom(
    api: Served, trade: dict[str, UUID], connection: Connection, database: str
) -> None:
    for number in range(6):
        await customer(connection, f"Dupla {number}", [30, 60], family="tack")
    for lead_id in [row["id"] for row in await connection.fetch(
        "SELECT id FROM leads WHERE nome LIKE 'Dupla%'"
    )]:  # fmt: skip
        await bought(connection, lead_id, 50)
    await drained(database)
    first, *_ = (await found(api, "/api/recommendations", n=5))["items"]
    assert (first["name"], first["advice"], first["nextFamily"]) == ("Regina", "thank", "tack")
    assert first["adviceText"] == "Agradecer e pedir uma indicação"
    assert first["leadId"] == str(trade["Regina"])


async def test_contacts_are_counted_by_day(
    api: Served, trade: dict[str, UUID], connection: Connection, database: str
) -> None:
    for name in ("Nova", "Antiga"):
        path = f"/crm/leads/{trade[name]}/contacts"
        assert (await api.client.post(path, json={"channel": "whatsapp"})).status_code == 200
    await connection.execute("UPDATE events SET ts = now() - interval '3 days'")
    await connection.execute(
        "INSERT INTO lead_notes (lead_id, note_type, note_text, created_at)"
        " VALUES ($1, 'CONTACT', 'call', now() - interval '2 days')",
        trade["Nova"],
    )
    await bought(connection, trade["Nova"], 1)
    await drained(database)
    days = (await found(api, "/api/contacts-evolution", days=5))["items"]
    assert [(day["contacts"], day["converted"]) for day in days] == [
        (0, 0), (2, 1), (1, 1), (0, 0), (0, 0),
    ]  # fmt: skip
    kpis = await found(api, "/api/kpis")
    assert (kpis["contactsThisWeek"], kpis["contactConversion"]) == (3, 2 / 3)


async def test_a_lead_that_bought_nothing_is_no_customer(api: Served) -> None:
    lead = await api.lead()
    for call in ("summary", "history"):
        answer = await api.client.get(f"/api/clients/{lead['id']}/{call}")
        assert (answer.status_code, answer.json()["error"]) == (404, Text.CUSTOMER_NOT_FOUND)
    assert (await found(api, "/api/clients")) == {"total": 0, "items": []}
    assert (await found(api, "/api/kpis"))["contactConversion"] is None
    assert (await found(api, "/api/health"))["status"] == "UP"
    answer = await api.client.get("/api/distribution/colour")
    assert (answer.status_code, answer.json()["error"]) == (404, Text.DIMENSION_NOT_FOUND)


async def test_open_alerts_are_counted_by_urgency(api: Served, connection: Connection) -> None:
    lead = await api.lead()
    for motive, hours, state in (
        ("due", 3, "open"), ("slipping", 100, "open"), ("leaving", 900, "open"),
        ("jumped", 3, "done"),
    ):  # fmt: skip
        await connection.execute(
            "INSERT INTO galope.alert (lead_id, motive, head, impact, since, lost_at, facts,"
            " reasons, recommendation, channel, opened_at, updated_at, state, closed_at)"
            " VALUES ($1, $2, '', 100, now(), now() + make_interval(hours => $3), '{}', '[]',"
            " 'ask', 'whatsapp', now(), now(), $4, CASE $4 WHEN 'done' THEN now() END)",
            UUID(lead["id"]), motive, hours, state,
        )  # fmt: skip
    items = (await found(api, "/api/distribution/urgency"))["items"]
    assert [(one["text"], one["count"], one["money"]) for one in items] == [
        ("Hoje", 1, 100.0), ("Esta semana", 1, 100.0), ("Depois", 1, 100.0),
    ]  # fmt: skip
    await connection.execute(
        "UPDATE galope.alert SET snoozed_until = now() + interval '1 day' WHERE motive = 'due'"
    )
    kpis = await found(api, "/api/kpis")
    assert (kpis["openAlerts"], kpis["moneyAtStake"]) == (2, 200.0)
