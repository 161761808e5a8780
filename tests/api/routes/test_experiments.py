"""Experiments over HTTP and at the terminal, from the declaration to the conclusion."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from api import experiments
from api.texts import Text
from tests.api.served import at_terminal, execute, key, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.served import Served

DECLARED: dict[str, Any] = {
    "name": "alert",
    "hypothesis": "An alert brings replies",
    "arms": [{"name": "none"}, {"name": "alert"}],
    "metric": {"events": ["whatsapp_reply"], "days": 7},
    "minimum_effect": 0.2,
    "salt": "s",
}

LEADS = """
WITH made AS (
    INSERT INTO leads (nome, segmento_interesse, created_at)
    SELECT 'Lead ' || n, 'CAVALOS', now() - interval '20 days' FROM generate_series(1, 400) AS n
    RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS n FROM made)
INSERT INTO events (lead_id, event_type, ts)
SELECT id, 'whatsapp_reply', now() - interval '19 days' FROM numbered WHERE n % 4 = 0
"""
"""400 leads of three weeks ago, a quarter of whom replied within a week."""

LATER = "UPDATE galope.exposure SET exposed_at = exposed_at - interval '8 days'"
"""Makes the metric of whoever was served be known."""

REPLIES = """
INSERT INTO events (lead_id, event_type, ts)
SELECT lead_id, 'whatsapp_reply', exposed_at + interval '1 hour' FROM (
    SELECT *, row_number() OVER (PARTITION BY arm ORDER BY lead_id) AS n FROM galope.exposure
) AS e WHERE n % 10 < CASE arm WHEN 'alert' THEN 8 ELSE 2 END
"""
"""Eight in ten reply who were served the alert, two of the others."""


async def post(api: Served, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await api.client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def running(api: Served, database: str, **changes: Any) -> None:
    await execute(database, LEADS)
    await post(api, "/admin/experiments", DECLARED | changes, 201)
    await post(api, "/admin/experiments/alert/start")


async def all_served(api: Served, database: str) -> dict[str, int]:
    arms: dict[str, int] = {}
    for row in await execute(database, "SELECT id::text FROM leads"):
        said = await post(api, "/experiments/alert/arm", {"lead_id": row["id"]})
        assert said["counted"]
        arms[said["arm"]] = arms.get(said["arm"], 0) + 1
    return arms


async def report(api: Served, **params: str) -> Any:
    answer = await api.client.get("/admin/experiments/alert", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_from_the_declaration_to_the_conclusion(api: Served, database: str) -> None:
    await running(api, database)
    assert (await report(api))["verdict"] == "nobody_served"
    arms = await all_served(api, database)
    assert min(arms.values()) > 150
    assert (await report(api))["verdict"] == "wait"
    await execute(database, LATER)
    await execute(database, REPLIES)
    said = await report(api, lang="en")
    assert said["sentence"].startswith("Use alert: against none")
    none, alert = said["arms"]
    planned = said["experiment"]["planned_units"]
    assert none["served"] + alert["served"] == 400
    assert none["known"] + alert["known"] == min(planned, 400)
    assert (said["fraction"], said["ratio_holds"]) == (1.0, True)
    assert alert["difference"] == pytest.approx(0.6, abs=0.1)
    assert 0.2 < alert["low"] < alert["difference"] < alert["high"]
    assert none["difference"] is none["low"] is None
    await post(api, "/admin/experiments/alert/conclude", {"arm": "alert"})
    new = (await api.lead(nome="Bia"))["id"]
    given = await post(api, "/experiments/alert/arm", {"lead_id": new})
    assert (given["arm"], given["counted"]) == ("alert", False)
    (item,) = (await api.client.get("/admin/experiments")).json()["items"]
    assert (item["status"], item["adopted"], item["served"]) == ("concluded", "alert", 400)
    assert item["concluded_at"] == item["ended_at"]
    actions = await execute(
        database, "SELECT action FROM galope.audit WHERE action LIKE 'experiment%' ORDER BY id"
    )
    assert [row["action"] for row in actions] == [
        "experiment declared", "experiment started", "experiment concluded"
    ]  # fmt: skip


IN_STATES = """
WITH started AS (
    UPDATE galope.experiment
    SET status = 'running', started_at = now(), planned_units = 26, planned_weeks = 2 RETURNING id
)
INSERT INTO galope.exposure (experiment_id, lead_id, arm, score_before, unit)
SELECT x.id, l.id, CASE WHEN n % 2 = 0 THEN 'none' ELSE 'alert' END, 30, states.codes[1 + n % 26]
FROM started AS x,
     (SELECT id, (row_number() OVER (ORDER BY id))::int AS n FROM leads WHERE uf IS NULL) AS l,
     (SELECT string_to_array('AC AL AP AM BA CE DF ES GO MA MT MS MG'
                             ' PA PB PR PE PI RJ RN RS RO RR SC SP SE', ' ') AS codes) AS states
"""
"""Every lead has been served an arm with 26 states, as if it were of one."""


async def test_a_lead_is_exposed_once_and_keeps_its_arm(api: Served, database: str) -> None:
    await running(api, database)
    lead = (await api.lead(nome="Caio"))["id"]
    await execute(database, f"UPDATE leads SET score = 30 WHERE id = '{lead}'")
    first = await post(api, "/experiments/alert/arm", {"lead_id": lead})
    (before,) = await execute(database, "SELECT * FROM galope.exposure")
    await execute(database, f"UPDATE leads SET score = 60 WHERE id = '{lead}'")
    assert await post(api, "/experiments/alert/arm", {"lead_id": lead}) == first
    (after,) = await execute(database, "SELECT * FROM galope.exposure")
    assert after == before
    assert (before["arm"], before["score_before"]) == (first["arm"], 30)


async def test_only_while_it_runs_leads_are_part_of_it(api: Served, database: str) -> None:
    await execute(database, LEADS)
    await post(api, "/admin/experiments", DECLARED, 201)
    lead = {"lead_id": (await api.lead(nome="Davi"))["id"]}
    control = {"arm": "none", "counted": False}
    assert control.items() <= (await post(api, "/experiments/alert/arm", lead)).items()
    assert (await api.client.get("/admin/experiments/alert")).status_code == 409
    for action in ("stop", "conclude"):
        said = await post(api, f"/admin/experiments/alert/{action}", {"arm": "none"}, 409)
        assert said["error"] == Text.EXPERIMENT_STATE
    await post(api, "/admin/experiments/alert/start")
    await post(api, "/admin/experiments/alert/start", status=409)
    await post(api, "/admin/experiments/alert/stop")
    assert control.items() <= (await post(api, "/experiments/alert/arm", lead)).items()
    assert await execute(database, "SELECT FROM galope.exposure") == []
    said = await post(api, "/admin/experiments/alert/conclude", {"arm": "x"}, 400)
    assert said["error"] == Text.ARM_NOT_FOUND.format(arms="none, alert")


async def test_what_comes_too_late_or_for_nobody_does_not_count(api: Served, database: str) -> None:
    await running(api, database)
    await all_served(api, database)
    await execute(database, LATER)
    await execute(
        database,
        "INSERT INTO events (lead_id, event_type, ts) SELECT lead_id, 'whatsapp_reply',"
        " exposed_at + CASE arm WHEN 'alert' THEN interval '7.5 days' ELSE interval '-1 hour' END"
        " FROM galope.exposure",
    )
    assert {arm["rate"] for arm in (await report(api))["arms"]} == {0.0}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"arms": [{"name": "none"}, {"name": "alert", "weight": 0}]}, "arm_empty"),
        ({"arms": [{"name": "none"}, {"name": "a", "weight": 0}], "salt": None}, "arm_empty"),
        ({"arms": [{"name": "none"}]}, "one_arm"),
        ({"metric": {"events": ["aurora_boreal"], "days": 7}}, "metric_unfed"),
        ({"metric": {"head": "churn_90d"}}, "metric_unfed"),
        ({"minimum_effect": 0}, "no_effect"),
        ({"guardrails": [{"event": "aurora_boreal", "days": 7}]}, "guardrail_unfed"),
        ({"guardrails": [{"event": "whatsapp_reply", "days": 7}]}, "guardrail_is_metric"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(
    api: Served, database: str, changes: dict[str, Any], code: str
) -> None:
    await execute(database, LEADS)
    said = await post(api, "/admin/experiments", DECLARED | changes, 400)
    assert said["code"] == code
    assert said["error"]
    other = await post(api, "/admin/experiments?lang=es", DECLARED | changes, 400)
    assert (other["code"], other["error"] == said["error"]) == (code, False)
    assert (await api.client.get("/admin/experiments")).json() == {"items": []}


@pytest.mark.parametrize(
    "metric",
    [{}, {"events": ["x"]}, {"days": 7}, {"head": "qualify", "days": 7}, {"head": "nobody"}],
)
async def test_a_metric_is_events_and_days_or_a_head(api: Served, metric: dict[str, Any]) -> None:
    said = await post(api, "/admin/experiments", DECLARED | {"metric": metric}, 400)
    assert said["error"] in {Text.METRIC_REQUIRED, Text.HEAD_NOT_FOUND}


async def test_a_head_is_a_metric_with_its_events_and_horizon(api: Served, database: str) -> None:
    lead = (await api.lead())["id"]
    await execute(
        database, f"INSERT INTO events (lead_id, event_type) VALUES ('{lead}', 'handoff')"
    )
    await post(api, "/admin/experiments", DECLARED | {"metric": {"head": "qualify"}}, 201)
    (item,) = (await api.client.get("/admin/experiments")).json()["items"]
    assert (item["metric"]["head"], item["metric"]["days"]) == ("qualify", 30)
    assert "handoff" in item["metric"]["events"]
    assert not any(name.startswith("status:") for name in item["metric"]["events"])


async def test_it_does_not_start_without_traffic_or_in_a_year(api: Served, database: str) -> None:
    lead = (await api.lead())["id"]
    await execute(
        database, f"INSERT INTO events (lead_id, event_type) VALUES ('{lead}', 'whatsapp_reply')"
    )
    await post(api, "/admin/experiments", DECLARED, 201)
    assert (await post(api, "/admin/experiments/alert/start", status=400))["code"] == "no_traffic"
    said = await post(api, "/admin/experiments/alert/start?lang=en", status=400)
    assert said["error"].startswith("No lead came")
    await execute(database, LEADS)
    small = DECLARED | {"name": "small", "minimum_effect": 0.001}
    await post(api, "/admin/experiments", small, 201)
    assert (await post(api, "/admin/experiments/small/start", status=400))["code"] == "too_long"


async def test_an_unknown_experiment_or_lead_is_said_to_be(api: Served, database: str) -> None:
    lead = {"lead_id": (await api.lead())["id"]}
    said = await post(api, "/experiments/alert/arm", lead, 404)
    assert said["error"] == Text.EXPERIMENT_NOT_FOUND
    await running(api, database)
    said = await post(api, "/experiments/alert/arm", {"lead_id": str(uuid4())}, 404)
    assert said["error"] == Text.LEAD_NOT_FOUND
    await post(api, "/admin/experiments", DECLARED, 409)
    assert (await api.client.get("/admin/experiments/other")).status_code == 404


LOST = """
INSERT INTO events (lead_id, event_type, ts)
SELECT lead_id, 'lost_interest', exposed_at + interval '1 hour' FROM (
    SELECT *, row_number() OVER (PARTITION BY arm ORDER BY lead_id) AS n FROM galope.exposure
) AS e WHERE n % 10 < CASE arm WHEN 'alert' THEN 6 ELSE 1 END
"""
"""Six in ten lose interest who were served the alert, one in ten of the others."""


@pytest.mark.parametrize("unit", ["lead", "uf"])
async def test_a_broken_guardrail_says_to_stop_and_stops_nothing(
    api: Served, database: str, unit: str
) -> None:
    lead = (await api.lead(uf="SP"))["id"]
    await execute(database, LEADS)
    await execute(
        database,
        f"INSERT INTO events (lead_id, event_type, ts) SELECT '{lead}', kind, now() - interval"
        " '9 weeks' FROM unnest(ARRAY['lost_interest', 'invalid_contact']) AS kind",
    )
    days = 7 if unit == "lead" else 3
    guardrails = [
        {"event": "invalid_contact", "days": days},
        {"event": "lost_interest", "days": days, "margin": 0.05},
    ]
    metric = DECLARED["metric"] | {"days": days}
    guarded = DECLARED | {"guardrails": guardrails, "unit": unit, "metric": metric}
    await post(api, "/admin/experiments", guarded, 201)
    if unit == "lead":
        await post(api, "/admin/experiments/alert/start")
        await all_served(api, database)
    else:
        await execute(database, IN_STATES)
    await execute(database, LATER)
    await execute(database, REPLIES)
    await execute(database, LOST)
    said = await report(api, lang="en")
    kept, broken = said["guardrails"]
    assert (kept["standing"], kept["margin"], kept["broken_by"]) == ("unknown", 0.02, None)
    assert (broken["standing"], broken["broken_by"]) == ("broken", "alert")
    passed = days if unit == "lead" else 2 * days
    (first,) = await execute(
        database, "SELECT min(exposed_at AT TIME ZONE 'UTC') AS at FROM galope.exposure"
    )
    assert broken["broken_since"] == str((first["at"] + timedelta(days=passed)).date())
    none, alert = broken["arms"]
    assert min(alert["low"], said["arms"][1]["low"]) > 0.05
    assert alert["difference"] == pytest.approx(0.5, abs=0.1)
    assert none["known"] + alert["known"] == sum(arm["known"] for arm in said["arms"])
    assert (said["verdict"], said["sentence"]) == ("guardrail_broken", broken["sentence"])
    assert said["sentence"].startswith("Stop: with alert, “Lost interest” within")
    assert said["experiment"]["status"] == "running"


async def test_who_is_erased_leaves_no_exposure(database: str) -> None:
    async with served(database) as api:
        await running(api, database)
        lead = (await api.lead())["id"]
        await post(api, "/experiments/alert/arm", {"lead_id": lead})
    headers = await key(database, "admin")
    async with served(database) as api:
        held = await api.client.get(f"/leads/{lead}/personal-data", headers=headers)
        assert len(held.json()["tables"]["galope.exposure"]) == 1
        await api.client.delete(f"/leads/{lead}", headers=headers)
    assert await execute(database, "SELECT FROM galope.exposure") == []


async def test_the_same_at_the_terminal(api: Served, database: str, tmp_path: Path) -> None:
    await execute(database, LEADS)
    file = tmp_path / "alert.json"
    guarded = DECLARED | {"guardrails": [{"event": "lost_interest", "days": 7}]}
    file.write_text(json.dumps(guarded), encoding="utf-8")
    lead = (await api.lead())["id"]
    await execute(
        database, f"INSERT INTO events (lead_id, event_type) VALUES ('{lead}', 'lost_interest')"
    )

    async def run(*arguments: str) -> tuple[int, str]:
        return await at_terminal(experiments.main, database, *arguments)

    assert (await run("declare", str(file)))[0] == 0
    assert await run("report", "alert") == (1, f"{Text.EXPERIMENT_STATE}\n")
    code, said = await run("start", "alert")
    assert (code, "It needs" in said) == (0, True)
    await all_served(api, database)
    code, said = await run("--lang", "es", "report", "alert")
    assert (code, said.splitlines()[-1].startswith("Siga: faltan")) == (0, True)
    assert "todavía no se sabe si algún brazo pasa de +2,0 puntos frente a none" in said
    assert (await run("conclude", "alert", "alert"))[0] == 0
    assert "concluded" in (await run("list"))[1]
    file.write_text(json.dumps(DECLARED | {"arms": []}), encoding="utf-8")
    assert await run("declare", str(file)) == (1, "An experiment needs at least two arms.\n")
    file.write_text("{}", encoding="utf-8")
    assert (await run("declare", str(file)))[0] == 1
