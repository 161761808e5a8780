"""Experiments whose arms Galope serves: when they start, and what their end changes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from bench.testbed import QUERIES as BENCH
from domain.experiments.declaration import Experiment
from online_models.day_zero import day_zero
from postgres.statements import QUERIES
from tests.api.routes.test_experiments import DECLARED, LATER, LEADS, REPLIES, post, report
from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served

ALERTS: dict[str, Any] = DECLARED | {"kind": "alerts", "motive": "waiting", "arms": []}

ACTIONS: dict[str, Any] = DECLARED | {"name": "actions", "kind": "actions", "arms": []}

ALERTED = """
INSERT INTO galope.alert
    (lead_id, motive, head, impact, since, lost_at, facts, reasons, recommendation, channel,
     state, holds, opened_at, updated_at, closed_at, closed_reason)
SELECT id, 'waiting', '', 1, created_at, created_at, '{}', '[]', 'answer', 'whatsapp',
       'closed', false, created_at, now(), now(), 'answered'
FROM leads
"""
"""Every lead had an alert when it came."""

DRAWN = """
INSERT INTO galope.score_history
    (lead_id, scored_at, cause, score_after, status, probability, points, model_version, decision)
SELECT id, created_at, 'lead', 30, 'CURIOSO', 0.3, '[]', 0, '{}' FROM leads
"""
"""An action was drawn for every lead when it came."""

SERVED = """
INSERT INTO galope.exposure (experiment_id, lead_id, arm, score_before)
SELECT x.id, l.id, CASE WHEN row_number() OVER (ORDER BY l.id) % 2 = 0 THEN 'none' ELSE 'alert' END,
       30
FROM galope.experiment AS x, leads AS l
"""


async def decide(database: str, **decided: Any) -> None:
    await execute(database, BENCH["decide"], json.dumps(decided))


async def teach(database: str) -> None:
    """Keep something that was learned of actions, which does not decide."""
    await execute(database, QUERIES["keep_action_model"], "{}", json.dumps({"decides": False}))


async def on_alerts(api: Served, database: str, **decided: Any) -> None:
    """Start an experiment on alerts, of which each lead had one."""
    await execute(database, LEADS)
    await execute(database, ALERTED)
    await decide(database, **decided)
    await post(api, "/admin/experiments", ALERTS, 201)
    await post(api, "/admin/experiments/alert/start")


async def refused(api: Served, name: str) -> str:
    """Return why an experiment can't be started, which is said in words too."""
    said = await post(api, f"/admin/experiments/{name}/start?lang=en", status=400)
    assert said["error"].endswith(".")
    code: str = said["code"]
    return code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"arms": [{"name": "a"}, {"name": "b"}]}, "arms_built_in"),
        ({"arms": [{"name": "alert"}, {"name": "none"}]}, "arms_built_in"),
        ({"arms": [{"name": "none"}, {"name": "alert", "weight": 0}]}, "arm_empty"),
        ({"unit": "uf"}, "leads_only"),
        ({"motive": None}, "motive_of_alerts"),
        ({"kind": "actions"}, "motive_of_alerts"),
        ({"kind": "models", "motive": None}, "version_of_models"),
        ({"version": 1}, "version_of_models"),
        ({"kind": "asked", "motive": None}, "one_arm"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(
    api: Served, database: str, changes: dict[str, Any], code: str
) -> None:
    await execute(database, LEADS)
    said = await post(api, "/admin/experiments", ALERTS | changes, 400)
    assert said["code"] == code


async def test_on_alerts_it_starts_where_such_were_opened(api: Served, database: str) -> None:
    await execute(database, LEADS)
    await post(api, "/admin/experiments", ALERTS, 201)
    assert await refused(api, "alert") == "motive_off"
    await decide(database, alerts={"waiting": 70})
    assert await refused(api, "alert") == "no_traffic_alerts"
    await execute(database, ALERTED)
    await post(api, "/admin/experiments/alert/start")
    await post(api, "/admin/experiments", ALERTS | {"name": "again"}, 201)
    assert await refused(api, "again") == "already_running"
    (_, item) = (await api.client.get("/admin/experiments")).json()["items"]
    assert [arm["name"] for arm in item["arms"]] == ["none", "alert"]
    assert (item["kind"], item["motive"]) == ("alerts", "waiting")


async def test_of_two_that_start_at_once_one_does(api: Served, database: str) -> None:
    await execute(database, LEADS)
    await execute(database, ALERTED)
    await decide(database, alerts={"waiting": 70})
    names = ("one", "other")
    for name in names:
        await post(api, "/admin/experiments", ALERTS | {"name": name}, 201)
    calls = [api.client.post(f"/admin/experiments/{name}/start?lang=en") for name in names]
    answers = sorted(await asyncio.gather(*calls), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["code"] == "already_running"


async def test_on_actions_it_starts_where_they_are_drawn_and_learned(
    api: Served, database: str
) -> None:
    await execute(database, LEADS)
    await post(api, "/admin/experiments", ACTIONS, 201)
    assert await refused(api, "actions") == "actions_not_drawn"
    await decide(database, action_floor=0.05)
    assert await refused(api, "actions") == "nothing_learned"
    await teach(database)
    assert await refused(api, "actions") == "no_traffic_actions"
    await execute(database, DRAWN)
    await post(api, "/admin/experiments/actions/start")


KEPT = """
INSERT INTO galope.model_version (head, model, metrics, reason, reason_facts)
VALUES ('qualify', $1, '{}', 'a test', '{}') RETURNING version
"""


async def test_on_models_it_scores_new_leads_by_their_arm_and_promotes(
    api: Served, database: str
) -> None:
    await execute(database, LEADS)
    models = DECLARED | {"name": "models", "kind": "models", "version": 1, "arms": []}
    await post(api, "/admin/experiments", models, 201)
    assert await refused(api, "models") == "no_such_version"
    (row,) = await execute(database, KEPT, json.dumps(day_zero().to_json()))
    assert row["version"] == 1
    await post(api, "/admin/experiments/models/start")
    await execute(
        database, "UPDATE galope.experiment SET started_at = started_at - interval '5 seconds'"
    )
    (item,) = (await api.client.get("/admin/experiments")).json()["items"]
    declared = Experiment.from_json("models", item)
    versions = {}
    for number in range(12):
        lead = (await api.lead(nome=f"Novo {number}"))["id"]
        said = await post(api, f"/leads/{lead}/score")
        versions[lead] = said["meta"]["model_name"]
    named = {"champion": "galope qualify v0.0", "challenger": "galope qualify v1.0"}
    assert versions == {lead: named[declared.arm_of(lead)] for lead in versions}
    assert len(set(versions.values())) == 2
    await post(api, "/admin/experiments/models/conclude", {"arm": "challenger"})
    kept = (await api.client.get("/ml/models")).json()["items"]
    assert [(one["version"], one["scores"]) for one in kept] == [(1, True)]
    await post(api, "/admin/experiments", models | {"name": "again"}, 201)
    assert await refused(api, "again") == "is_champion"


async def test_nobody_who_asks_is_served(api: Served, database: str) -> None:
    await on_alerts(api, database, alerts={"waiting": 70})
    lead = (await api.lead())["id"]
    said = await post(api, "/experiments/alert/arm?lang=en", {"lead_id": lead})
    (item,) = (await api.client.get("/admin/experiments")).json()["items"]
    declared = Experiment.from_json("alert", item)
    assert (said["arm"], said["counted"]) == (declared.arm_of(lead), False)
    assert said["reason"] == "Galope itself serves the arms of this experiment."
    assert (await report(api))["verdict"] == "nobody_served_yet"


async def test_its_arms_are_said_in_words(api: Served, database: str) -> None:
    await on_alerts(api, database, alerts={"waiting": 70})
    await execute(database, SERVED)
    await execute(database, LATER)
    await execute(database, REPLIES)
    said = await report(api)
    assert said["sentence"].startswith("Use com alerta: em relação a sem alerta, ")


async def test_alerts_that_are_worth_it_go_on_being_looked_for(api: Served, database: str) -> None:
    await on_alerts(api, database, alerts={"waiting": 70})
    await post(api, "/admin/experiments/alert/conclude", {"arm": "alert"})
    ((decided,),) = await execute(database, QUERIES["policy"])
    assert json.loads(decided) == {"alerts": {"waiting": 70}}


@pytest.mark.parametrize("arm", ["none", "learned", "challenger"])
async def test_arms_that_others_serve_change_nothing_whatever_they_are_called(
    api: Served, database: str, arm: str
) -> None:
    """Galope's own arms are called so, too."""
    await execute(database, LEADS)
    (row,) = await execute(database, KEPT, json.dumps(day_zero().to_json()))
    await post(api, f"/ml/models/{row['version']}/promote")
    await teach(database)
    await decide(database, alerts={"waiting": 70}, action_floor=0.05)
    arms = [{"name": "old"}, {"name": arm}]
    await post(api, "/admin/experiments", DECLARED | {"arms": arms}, 201)
    await post(api, "/admin/experiments/alert/start")
    await post(api, "/admin/experiments/alert/conclude", {"arm": arm})
    (model,) = await execute(database, QUERIES["action_model"])
    assert not model["decides"]
    ((decided,),) = await execute(database, QUERIES["policy"])
    assert json.loads(decided) == {"alerts": {"waiting": 70}, "action_floor": 0.05}
    kept = (await api.client.get("/ml/models")).json()["items"]
    assert [one["scores"] for one in kept] == [True]


async def test_where_alerts_are_not_worth_it_they_are_looked_for_no_more(
    api: Served, database: str
) -> None:
    await on_alerts(api, database, alerts={"waiting": 70, "due": 1}, alerts_a_week=40)
    await post(api, "/admin/experiments/alert/conclude", {"arm": "none"})
    ((decided,),) = await execute(database, QUERIES["policy"])
    assert json.loads(decided) == {"alerts": {"due": 1}, "alerts_a_week": 40}


@pytest.mark.parametrize("arm", ["learned", "rules"])
async def test_who_chooses_actions_from_then_on(api: Served, database: str, arm: str) -> None:
    await execute(database, LEADS)
    await execute(database, DRAWN)
    await decide(database, action_floor=0.05)
    await teach(database)
    await post(api, "/admin/experiments", ACTIONS, 201)
    await post(api, "/admin/experiments/actions/start")
    await post(api, "/admin/experiments/actions/conclude", {"arm": arm})
    (model,) = await execute(database, QUERIES["action_model"])
    assert (model["model"], model["decides"]) == ("{}", arm == "learned")
