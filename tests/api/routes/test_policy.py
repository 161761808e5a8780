"""What the team decides, over HTTP: who said what, what is refused, and what follows."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from domain.customers.segments import SEGMENTS
from domain.directions import Direction
from domain.heads import CONVERTS, LOSES, Anchor, Head
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from domain.state import DAY
from online_models.day_zero import day_zero
from postgres.policy import policy_now
from tests.api.served import execute, served
from tests.stream.child import child, scores

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.api.served import Row, Served
    from tests.stream.child import Scores

SCALE = {"warm": 0.07, "hot": 0.37}
"""Bands that no decision named."""


async def policy(api: Served) -> Row:
    found: Row = (await api.client.get("/admin/policy")).json()
    return found


async def decide(api: Served, **decided: Any) -> Row:
    answer = await api.client.put("/admin/policy", json=decided)
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


async def champion(database: str, metrics: Row | None = None) -> int:
    """Keep the team's rules as the model that scores, on a scale of its own."""
    model = day_zero().to_json() | {"scale": SCALE}
    (row,) = await execute(
        database,
        "INSERT INTO galope.model_version (head, status, model, metrics, reason, promoted_at)"
        " VALUES ('qualify', 'champion', $1, $2, 'kept', now()) RETURNING version",
        json.dumps(model),
        json.dumps(metrics or {}),
    )
    version: int = row["version"]
    return version


async def scale_now(database: str) -> tuple[int, dict[str, float]]:
    (row,) = await execute(
        database,
        "SELECT version, model ->> 'scale' AS scale FROM galope.model_version"
        " WHERE status = 'champion'",
    )
    return row["version"], json.loads(row["scale"])


async def test_nobody_decided_anything_yet(api: Served) -> None:
    found = await policy(api)
    assert found["in_force"] == {
        "converts": sorted(CONVERTS),
        "loses": sorted(LOSES),
        "horizon_days": 30,
        "warm": 0.2,
        "hot": 0.5,
        "calls_per_day": None,
        "points": OURS.rule_points,
        "event_labels": [],
        "event_amount": None,
        "leave_out_machines": False,
        "alerts": {},
        "action_floor": 0.0,
        "hours_between_contacts": 24,
        "quiet_hours": None,
        "alerts_a_week": 500,
        "others": [],
        "customer_segments": [segment.to_json() for segment in SEGMENTS],
    }
    assert found["reach"] is None
    assert set(found["decided_by"].values()) == {"galope"}
    assert (found["decided"], found["versions"], found["trained"]) == ({}, [], False)
    assert {"page_view", "handoff", "asked_price"} <= set(found["event_types"])


BUY = {"name": "buy", "converts": ["order"], "horizon_days": 60, "anchor": "rolling"}


async def test_other_heads_are_declared_beside_the_primary_one(
    api: Served, connection: Connection
) -> None:
    await decide(api, others=[BUY])
    assert (await policy(api))["in_force"]["others"] == [BUY | {"loses": []}]
    asked = (await policy_now(connection, OURS)).asking("buy").head
    assert asked == Head("buy", frozenset({"order"}), frozenset(), 60 * DAY, Anchor.ROLLING)


async def test_what_is_not_decided_is_for_the_installer(database: str) -> None:
    said = {"converts": "sale, handoff", "horizon_days": 7}
    async with served(database, **said) as api:
        await decide(api, horizon_days=14)
        found = await policy(api)
        assert found["in_force"]["converts"] == ["handoff", "sale"]
        assert found["in_force"]["horizon_days"] == 14
        by = found["decided_by"]
        assert (by["converts"], by["loses"], by["horizon_days"]) == ("installer", "galope", "team")
        assert (await api.client.get("/ml/models")).json()["horizon_days"] == 14
        assert {"sale", "handoff"} <= set(found["event_types"])


@pytest.mark.parametrize(
    ("decided", "text"),
    [
        ({"converts": []}, Text.NOTHING_CONVERTS),
        ({"converts": ["lost_interest"]}, Text.BOTH_OUTCOMES.format(types="lost_interest")),
        ({"converts": ["a"], "loses": ["b", "a"]}, Text.BOTH_OUTCOMES.format(types="a")),
        ({"converts": [""]}, Text.POLICY_REQUIRED),
        ({"converts": "handoff"}, Text.POLICY_REQUIRED),
        ({"warm": 0.2}, Text.BANDS_CROSSED),
        ({"warm": 0.5, "hot": 0.2}, Text.BANDS_CROSSED),
        ({"warm": 0.5, "hot": 0.50001}, Text.BANDS_CROSSED),
        ({"warm": 0.5, "hot": 0.5001}, Text.BANDS_TOO_CLOSE),
        ({"warm": 0.98, "hot": 0.983}, Text.BANDS_TOO_CLOSE),
        ({"warm": 0, "hot": 0.2}, Text.POLICY_REQUIRED),
        ({"warm": 0.2, "hot": 1}, Text.POLICY_REQUIRED),
        ({"calls_per_day": 0}, Text.POLICY_REQUIRED),
        ({"calls_per_day": 2.5}, Text.POLICY_REQUIRED),
        ({"calls_per_day": 40, "warm": 0.1, "hot": 0.4}, Text.BANDS_OR_CALLS),
        ({"calls_per_day": 40, "hot": 0.4}, Text.BANDS_OR_CALLS),
        ({"horizon_days": 0}, Text.POLICY_REQUIRED),
        ({"horizon_days": 366}, Text.POLICY_REQUIRED),
        ({"points": {"cta_click": 101}}, Text.POLICY_REQUIRED),
        ({"points": {"cta_click": 1.5}}, Text.POLICY_REQUIRED),
        ({"points": {"unheard_of": 5}}, Text.UNKNOWN_RULE),
        ({"event_directions": {"page_view": "sideways"}}, Text.POLICY_REQUIRED),
        ({"answer_orders": {"prazo_compra": "7d"}}, Text.POLICY_REQUIRED),
        ({"leave_out_machines": "perhaps"}, Text.POLICY_REQUIRED),
        ({"event_labels": "campaign"}, Text.POLICY_REQUIRED),
        ({"event_labels": ["utm campaign"]}, Text.POLICY_REQUIRED),
        ({"event_amount": "a'b"}, Text.POLICY_REQUIRED),
        ({"attribute_directions": {"amount": "sideways"}}, Text.POLICY_REQUIRED),
        ({"points": {"crm_manual_move:QUALIFICADO": 5}}, Text.UNKNOWN_RULE),
        ({"quiet_hours": {"begin": "08:00", "end": "08:00"}}, Text.QUIET_ALL_DAY),
        ({"quiet_hours": {"begin": "24:00", "end": "08:00"}}, Text.POLICY_REQUIRED),
        ({"quiet_hours": {"begin": "20:00"}}, Text.POLICY_REQUIRED),
        ({"hours_between_contacts": -1}, Text.POLICY_REQUIRED),
        ({"hours_between_contacts": 169}, Text.POLICY_REQUIRED),
        ({"others": [{"name": "buy"}]}, Text.HEAD_WITHOUT_ANSWER.format(head="buy")),
        ({"others": [BUY | {"name": "qualify"}]}, Text.HEAD_TWICE.format(head="qualify")),
        ({"others": [BUY, BUY]}, Text.HEAD_TWICE.format(head="buy")),
        ({"others": [BUY | {"loses": ["order"]}]}, Text.BOTH_OUTCOMES.format(types="order")),
        ({"others": [BUY | {"horizon_days": 0}]}, Text.POLICY_REQUIRED),
        ({"others": [BUY | {"anchor": "weekly"}]}, Text.POLICY_REQUIRED),
    ],
)
async def test_what_makes_no_sense_is_refused(
    api: Served, database: str, decided: Row, text: str
) -> None:
    answer = await api.client.put("/admin/policy", json=decided)
    assert (answer.status_code, answer.json()["error"]) == (400, text)
    for table in ("policy", "change_log", "audit"):
        assert not await execute(database, f"SELECT FROM galope.{table}")


async def test_directions_are_what_the_team_decides(api: Served) -> None:
    decided = {
        "event_directions": {"page_view": "free"},
        "answer_directions": {"uf": "up"},
        "answer_orders": {"prazo_compra": ["90d", "7d"]},
    }
    found = await decide(api, **decided)
    assert found["decided"] == decided
    directions = Policy().having(found["decided"]).directions
    assert directions.of_event("page_view") is Direction.FREE
    assert directions.ranks["prazo_compra"] == {"90d": 1.0, "7d": 2.0}


async def test_what_events_carry_is_declared_and_read_by_what_was_decided_last(
    api: Served, database: str
) -> None:
    read = """SELECT galope.event_attributes('{"campaign": "verao", "amount": 3}') AS attributes"""
    decided = {
        "event_labels": ["campaign"],
        "event_amount": "amount",
        "attribute_directions": {"campaign=verao": "up"},
    }
    found = await decide(api, **decided)
    assert found["decided"] == decided
    assert (found["in_force"]["event_labels"], found["in_force"]["event_amount"]) == (
        ["campaign"],
        "amount",
    )
    assert Policy().having(decided).directions.attributes == {"campaign=verao": Direction.UP}
    (row,) = await execute(database, read)
    assert json.loads(row["attributes"])[1:] == [3, ["campaign=verao"]]
    await decide(api, event_labels=["page"])
    (row,) = await execute(database, read)
    assert json.loads(row["attributes"])[1:] == [None, []]
    await api.client.post("/admin/policy/0/restore")
    (row,) = await execute(database, read)
    assert row["attributes"] is None


async def test_a_decision_is_kept_noted_and_gone_back_on(api: Served, database: str) -> None:
    first = await decide(
        api,
        converts=["sale", "handoff", "sale"],
        points={"cta_click": 20, "page_view": 0},
        warm=None,
    )
    assert first["decided"] == {"converts": ["handoff", "sale"], "points": {"page_view": 0}}
    assert first["in_force"]["points"] == OURS.rule_points | {"page_view": 0}
    await decide(api, loses=[])
    listed = (await policy(api))["versions"]
    assert [one["decided"] for one in listed] == [{"loses": []}, first["decided"]]
    assert {one["made_by"] for one in listed} == {"local"}
    back = await api.client.post(f"/admin/policy/{listed[1]['id']}/restore")
    assert back.json()["decided"] == first["decided"]
    ours = await api.client.post("/admin/policy/0/restore")
    assert (ours.json()["decided"], len(ours.json()["versions"])) == ({}, 4)
    gone = await api.client.post("/admin/policy/99/restore")
    assert (gone.status_code, gone.json()["error"]) == (404, Text.POLICY_NOT_FOUND)
    rows = await execute(database, "SELECT facts FROM galope.audit WHERE action = 'policy changed'")
    assert len(rows) == 4
    resets = await execute(database, "SELECT FROM galope.change_log WHERE kind = 'reset'")
    assert len(resets) == 4


async def test_the_rules_that_are_listed_and_applied_are_the_teams(api: Served) -> None:
    await decide(api, points={"asked_price": -7})
    items = (await api.client.get("/crm/event-rules")).json()["items"]
    (rule,) = (one for one in items if one["code"] == "asked_price")
    assert (rule["delta"], rule["direction"]) == (-7, "down")
    lead = await api.lead(orcamento_faixa="60k+")
    applied = await api.client.post(
        f"/crm/leads/{lead['id']}/apply-rule", json={"rule_code": "asked_price"}
    )
    assert applied.json()["rule"]["delta"] == -7
    assert applied.json()["transition"]["to_score"] == 35 - 7


async def test_other_bands_are_another_version_of_the_champion(api: Served, database: str) -> None:
    trained = await champion(database)
    assert (await policy(api))["in_force"] | SCALE == (await policy(api))["in_force"]
    found = await decide(api, warm=0.1, hot=0.4)
    assert (found["in_force"]["warm"], found["in_force"]["hot"]) == (0.1, 0.4)
    assert (found["decided_by"]["warm"], found["trained"]) == ("team", True)
    version, scale = await scale_now(database)
    assert (version > trained, scale) == (True, {"warm": 0.1, "hot": 0.4})
    await decide(api, warm=0.1, hot=0.4, points={"cta_click": 50})
    assert await scale_now(database) == (version, scale)
    assert (await api.client.post("/ml/rollback")).json()["version"] == trained
    await decide(api, warm=0.15, hot=0.4)
    await api.client.post("/admin/policy/0/restore")
    newest, scale = await scale_now(database)
    assert (newest > version, scale) == (True, SCALE)


async def test_calls_a_day_are_a_chance_by_the_last_training(api: Served, database: str) -> None:
    reach = {"chances": [0.8, 0.5, 0.2], "a_day": [1.0, 4.0, 9.0], "days": 28.0}
    evaluation = {"leads": 600}
    kept = {"auc": 0.8, "evaluation": evaluation, "reach": reach, "own_scale": SCALE}
    await champion(database, kept)
    assert (await policy(api))["reach"] == reach
    found = await decide(api, calls_per_day=4)
    assert found["in_force"]["calls_per_day"] == 4
    assert found["in_force"]["hot"] == 0.5
    assert found["decided_by"]["calls_per_day"] == "team"
    _, scale = await scale_now(database)
    assert scale == asdict(Scale(**SCALE).hot_from(0.5))
    # What training found holds for the new version too, and is what more decisions start from.
    assert (await api.client.get("/ml/evaluation")).json() == {"evaluation": evaluation}
    more = await decide(api, calls_per_day=9)
    assert (more["reach"], more["in_force"]["hot"]) == (reach, 0.2)
    newest = (await api.client.get("/ml/models")).json()["items"][0]
    assert (newest["reason_facts"]["code"], newest["metrics"]) == ("bands", {})
    back = await api.client.post("/admin/policy/0/restore")
    assert back.json()["in_force"]["calls_per_day"] is None
    assert (await scale_now(database))[1] == SCALE


async def test_before_training_calls_a_day_change_no_chance(api: Served, database: str) -> None:
    found = await decide(api, calls_per_day=40)
    force = found["in_force"]
    assert (force["calls_per_day"], force["warm"], force["hot"]) == (40, 0.2, 0.5)
    assert not await execute(database, "SELECT FROM galope.model_version")
    assert (await api.client.get("/ml/evaluation")).json() == {"evaluation": None}
    await champion(database)
    assert (await decide(api, calls_per_day=20))["in_force"]["hot"] == SCALE["hot"]


async def told(heard: Scores, api: Served, lead_id: str, **expected: Any) -> Row:
    """Wait until a lead says what is expected of it, and return it."""
    lead: Row = {}
    meta = expected.pop("score_meta", {})

    async def said() -> bool:
        nonlocal lead
        lead = (await api.client.get(f"/leads/{lead_id}")).json()
        told = lead["score_meta"] or {}
        return expected.items() <= lead.items() and meta.items() <= told.items()

    await heard.until(said)
    return lead


async def test_scores_follow_the_bands_and_come_back(api: Served, database: str) -> None:
    trained = await champion(database)
    lead = await api.lead(orcamento_faixa="60k+", prazo_compra="7d")
    async with scores(database) as heard, child(database) as stream:
        await stream.says("streaming")
        meta = {"model_version": trained, "learned": 0}
        before = await told(heard, api, lead["id"], score_meta=meta)
        await decide(api, warm=0.01, hot=0.05)
        banded, _ = await scale_now(database)
        after = await told(heard, api, lead["id"], score_meta=meta | {"model_version": banded})
        assert after["score"] > before["score"]
        assert after["score_probability"] == pytest.approx(before["score_probability"])
        await api.client.post("/admin/policy/0/restore")
        await told(heard, api, lead["id"], score=before["score"])
