"""Experiments whose units are partners or states, and those that are judged by money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from domain.experiments.declaration import Arm, Experiment, Metric
from domain.partners.places import UFS
from tests.api.routes.test_experiments import DECLARED, all_served, post, report
from tests.api.served import execute
from tests.api.test_main import ended

if TYPE_CHECKING:
    from tests.api.served import Served

BY_UF: dict[str, Any] = DECLARED | {"unit": "uf", "salt": "s3"}
MONEY: dict[str, Any] = DECLARED | {"metric": {"revenue": True, "days": 7}, "minimum_effect": 40}

LEADS = """
WITH made AS (
    INSERT INTO leads (nome, segmento_interesse, uf, created_at)
    SELECT 'Lead ' || n, 'CAVALOS', uf, now() - interval '1 day' * (16 + n)
    FROM unnest($1::text[]) AS uf, generate_series(1, 12) AS n
    RETURNING id, uf, created_at
), numbered AS (SELECT *, row_number() OVER (PARTITION BY uf ORDER BY created_at) AS n FROM made)
INSERT INTO events (lead_id, event_type, ts)
SELECT id, 'whatsapp_reply', created_at + interval '1 day'
FROM numbered WHERE n % (3 + ascii(right(uf, 1)) % 3) = 0
"""
"""Twelve leads of each state, of two to four weeks ago; a fifth to a third replied."""

LATER = "UPDATE galope.exposure SET exposed_at = exposed_at - interval '15 days'"
"""Makes the metric of the units that were served be known: twice its seven days are over."""

REPLIES = """
INSERT INTO events (lead_id, event_type, ts)
SELECT lead_id, 'whatsapp_reply', exposed_at + interval '1 hour' FROM (
    SELECT *, row_number() OVER (PARTITION BY unit ORDER BY lead_id) AS n FROM galope.exposure
) AS e WHERE n <= CASE arm WHEN 'alert' THEN 8 ELSE 2 END + ascii(right(unit, 1)) % 3
"""
"""Of the twelve leads of a state half more reply where they were served the alert."""

PURCHASES = """
WITH numbered AS (
    SELECT *, row_number() OVER (PARTITION BY arm ORDER BY exposed_at, lead_id) AS n
    FROM galope.exposure
)
INSERT INTO events (lead_id, event_type, ts, metadata)
SELECT lead_id, type, exposed_at + after * interval '1 hour', jsonb_build_object('amount', amount)
FROM numbered, LATERAL (VALUES
    ('purchase', 1, 100 + n % 7 + CASE arm WHEN 'alert' THEN 80 ELSE 0 END),
    ('return', 2, -50), ('purchase', 24 * 8, 1000), ('page_view', 1, NULL)
) AS bought (type, after, amount)
"""
"""Everybody buys and gives a part back; what is bought after the days does not count."""


async def counted(api: Served) -> None:
    """Declare the key of events' amounts."""
    answer = await api.client.put("/admin/policy", json={"event_amount": "amount"})
    assert answer.status_code == 200, answer.text


async def seeded(database: str) -> None:
    await execute(database, LEADS.replace("$1", f"ARRAY{list(UFS)}"))


async def test_leads_of_a_state_follow_its_arm_and_count_as_one(api: Served, database: str) -> None:
    await seeded(database)
    await post(api, "/admin/experiments", BY_UF, 201)
    await post(api, "/admin/experiments/alert/start")
    await all_served(api, database)
    arms = await execute(database, "SELECT DISTINCT unit, arm FROM galope.exposure")
    assert len(arms) == 27
    experiment = Experiment(
        "alert", "", [Arm("none", 1.0), Arm("alert", 1.0)], "s3", Metric(frozenset(), 7.0), 0.2
    )
    assert all(row["arm"] == experiment.arm_of(row["unit"]) for row in arms)
    said = await report(api)
    assert said["experiment"]["served"] == sum(arm["served"] for arm in said["arms"]) == 27
    assert sum(arm["known"] for arm in said["arms"]) == 0
    await execute(database, LATER.replace("15", "8"))
    assert sum(arm["known"] for arm in (await report(api))["arms"]) == 0
    await execute(database, LATER.replace("15", "7"))
    await execute(database, REPLIES)
    said = await report(api, lang="en")
    assert sum(arm["known"] for arm in said["arms"]) == said["experiment"]["planned_units"]
    assert [arm["rate"] for arm in said["arms"]] == pytest.approx([0.25, 0.75], abs=0.05)
    assert said["sentence"].startswith("Use alert: against none")


async def test_leads_that_are_served_late_are_no_part_of_their_unit(
    api: Served, database: str
) -> None:
    await seeded(database)
    await post(api, "/admin/experiments", BY_UF, 201)
    await post(api, "/admin/experiments/alert/start")
    await all_served(api, database)
    await execute(database, LATER)
    await execute(database, REPLIES)
    await execute(
        database,
        "UPDATE galope.exposure SET exposed_at = exposed_at + interval '7.5 days' WHERE lead_id IN"
        " (SELECT lead_id FROM events WHERE ts > now() - interval '15 days' AND event_type ="
        " 'whatsapp_reply')",
    )
    assert [arm["rate"] for arm in (await report(api))["arms"]] == [0.0, 0.0]


async def test_a_lead_without_a_unit_gets_the_control_and_why(api: Served, database: str) -> None:
    await seeded(database)
    await post(api, "/admin/experiments", BY_UF, 201)
    await post(api, "/admin/experiments/alert/start")
    for state in (None, "", "XX"):
        lead = (await api.lead(nome="Davi"))["id"]
        await execute(
            database, f"UPDATE leads SET uf = nullif('{state or ''}', '') WHERE id = '{lead}'"
        )
        said = await post(api, "/experiments/alert/arm?lang=en", {"lead_id": lead})
        assert (said["arm"], said["counted"], said["unit"]) == ("none", False, None)
        assert said["reason"].startswith("The lead has no state")
    assert await execute(database, "SELECT FROM galope.exposure") == []


async def test_a_lead_follows_the_partner_it_was_handed_to(api: Served, database: str) -> None:
    partners = [
        row["id"]
        for row in await execute(
            database,
            "INSERT INTO partners (cnpj, uf) SELECT n::text, 'SP' FROM generate_series(1, 40) AS n"
            " RETURNING id::text",
        )
    ]
    await seeded(database)
    await execute(
        database,
        "INSERT INTO events (lead_id, event_type, ts, metadata) SELECT id, 'handoff', created_at +"
        " interval '1 hour', jsonb_build_object('partner_id', (SELECT id FROM partners ORDER BY id"
        " OFFSET abs(hashtext(leads.id::text)) % 40 LIMIT 1)) FROM leads",
    )
    # Forty find a change of some 20 points, more or less by how they are dealt.
    declared = DECLARED | {"unit": "partner", "minimum_effect": 0.4}
    await post(api, "/admin/experiments", declared, 201)
    lead = (await api.lead())["id"]
    await post(api, "/admin/experiments/alert/start")
    said = await post(api, "/experiments/alert/arm?lang=en", {"lead_id": lead})
    assert (said["arm"], said["counted"]) == ("none", False)
    assert said["reason"].startswith("The lead was handed to no partner")
    first, second = partners[:2]
    given = []
    for partner in (first, second):
        await execute(
            database,
            "INSERT INTO events (lead_id, event_type, metadata) VALUES"
            f" ('{lead}', 'handoff', '{{\"partner_id\": \"{partner}\"}}')",
        )
        given.append(await post(api, "/experiments/alert/arm", {"lead_id": lead}))
    # It keeps the partner under whom it was first served.
    assert given[0] == given[1]
    assert (given[0]["unit"], given[0]["counted"], given[0]["reason"]) == (first, True, None)
    (row,) = await execute(database, "SELECT * FROM galope.exposure")
    assert (row["unit"], row["arm"]) == (first, given[0]["arm"])


async def test_money_is_compared_with_what_came_back_taken_off(api: Served, database: str) -> None:
    await counted(api)
    await seeded(database)
    bought = "SELECT id, 'purchase', created_at + interval '1 day', '{\"amount\": %s}'::jsonb"
    for amount, condition in ((100, "true"), (-90, "nome LIKE '%2'")):
        await execute(
            database,
            "INSERT INTO events (lead_id, event_type, ts, metadata)"
            f" {bought % amount} FROM leads WHERE {condition}",
        )
    await post(api, "/admin/experiments", MONEY, 201)
    await post(api, "/admin/experiments/alert/start")
    await all_served(api, database)
    await execute(database, LATER)
    await execute(database, PURCHASES)
    said = await report(api, lang="en")
    none, alert = said["arms"]
    assert none["rate"] == pytest.approx(53, abs=3)
    assert alert["rate"] == pytest.approx(133, abs=3)
    assert alert["low"] < 80 < alert["high"]
    assert said["sentence"].endswith("in money a lead.")
    code, table = await ended("api.experiments", "report", "alert", DATABASE_URL=database)
    assert (code, f"{none['rate']:,.2f}" in table, "%" in table) == (0, True, False)


async def test_money_of_states_is_the_mean_of_their_leads(api: Served, database: str) -> None:
    await counted(api)
    await seeded(database)
    await execute(
        database,
        "INSERT INTO events (lead_id, event_type, ts, metadata) SELECT id, 'purchase', created_at +"
        " interval '1 day', jsonb_build_object('amount', ascii(uf)) FROM leads",
    )
    await post(api, "/admin/experiments", MONEY | {"unit": "uf", "salt": "s3"}, 201)
    await post(api, "/admin/experiments/alert/start")
    await all_served(api, database)
    await execute(database, LATER)
    await execute(database, PURCHASES)
    said = await report(api)
    assert said["verdict"] == "adopt"
    assert said["arms"][1]["difference"] == pytest.approx(80, abs=1)


async def test_what_was_bought_before_narrows_the_interval(api: Served, database: str) -> None:
    await counted(api)
    await seeded(database)
    spent = "INSERT INTO events (lead_id, event_type, ts, metadata) SELECT lead_id, 'purchase',"
    await execute(
        database,
        "INSERT INTO events (lead_id, event_type, ts, metadata) SELECT id, 'purchase', created_at +"
        " interval '1 day', jsonb_build_object('amount', ascii(uf) % 13) FROM leads",
    )
    await post(api, "/admin/experiments", MONEY, 201)
    await post(api, "/admin/experiments/alert/start")
    await all_served(api, database)
    await execute(database, LATER)
    money = "jsonb_build_object('amount', 10 * (abs(hashtext(lead_id::text)) %% 50) + %s)"
    more = money % "ascii(lead_id::text) % 10"
    await execute(database, f"{spent} exposed_at + interval '1 day', {more} FROM galope.exposure")
    alone = (await report(api))["arms"][1]
    same = money % 0
    await execute(database, f"{spent} exposed_at - interval '1 day', {same} FROM galope.exposure")
    adjusted = (await report(api))["arms"][1]
    assert adjusted["high"] - adjusted["low"] < 0.1 * (alone["high"] - alone["low"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "money_unfed"),
        ({"minimum_effect": 0}, "no_money_effect"),
        ({"arms": [{"name": "a"}, {"name": "b", "weight": 2}]}, "money_uneven"),
    ],
)
async def test_money_that_can_not_be_compared_is_refused(
    api: Served, database: str, changes: dict[str, Any], code: str
) -> None:
    await seeded(database)
    assert (await post(api, "/admin/experiments", MONEY | changes, 400))["code"] == code


async def test_a_metric_is_of_one_kind(api: Served) -> None:
    for metric in ({"revenue": True}, {"revenue": True, "days": 7, "events": ["x"]}):
        said = await post(api, "/admin/experiments", DECLARED | {"metric": metric}, 400)
        assert said["error"] == Text.METRIC_REQUIRED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minimum_effect": 0.001}, "units_end"),
        ({"unit": "partner"}, "few_units"),
        ({"metric": MONEY["metric"], "minimum_effect": 60}, "money_still"),
    ],
)
async def test_too_few_units_are_said_before_the_start(
    api: Served, database: str, changes: dict[str, Any], code: str
) -> None:
    await counted(api)
    await seeded(database)
    # An amount, but of long ago.
    await execute(
        database,
        "INSERT INTO events (lead_id, event_type, ts, metadata)"
        " SELECT id, 'purchase', now() - interval '1 year', '{\"amount\": 5}' FROM leads LIMIT 1",
    )
    await post(api, "/admin/experiments", BY_UF | changes, 201)
    said = await post(api, "/admin/experiments/alert/start", status=400)
    assert said["code"] == code
    assert said["error"]


async def test_a_salt_that_is_drawn_deals_the_states_evenly(api: Served, database: str) -> None:
    await seeded(database)
    for number in range(5):
        declared = BY_UF | {"name": f"alert{number}", "salt": None}
        await post(api, "/admin/experiments", declared, 201)
    for item in (await api.client.get("/admin/experiments")).json()["items"]:
        salt: str = item["salt"]
        experiment = Experiment(
            "", "", [Arm("none", 1.0), Arm("alert", 1.0)], salt, Metric(frozenset(), 7.0), 0.2
        )
        given = [experiment.arm_of(name) for name in UFS]
        assert given.count("none") in {13, 14}
