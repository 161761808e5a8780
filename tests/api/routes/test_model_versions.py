"""Model versions over HTTP: listed, promoted, rolled back; their measures by day; the audit."""

from __future__ import annotations

import json
from math import log1p
from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from online_models.contest import Contest
from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served

QUALITY = '{"auc": 0.8}'


async def kept(database: str, *heads: str) -> list[int]:
    """Keep a candidate for each head, and return their versions."""
    return [
        (
            await execute(
                database,
                "INSERT INTO galope.model_version (head, model, metrics, reason)"
                " VALUES ($1, '{}', $2, 'trained') RETURNING version",
                *(head, QUALITY),
            )
        )[0]["version"]
        for head in heads
    ]


async def listed(api: Served) -> dict[str, Any]:
    found: dict[str, Any] = (await api.client.get("/ml/models")).json()
    return found


async def scoring(api: Served) -> int | None:
    """Return the version that scores."""
    return next((one["version"] for one in (await listed(api))["items"] if one["scores"]), None)


async def test_without_models_there_is_nothing_to_list(api: Served) -> None:
    assert await listed(api) == {
        "items": [],
        "learned": 0,
        "contest": None,
        "horizon_days": 30.0,
        "first_judged_at": None,
    }
    rolled = (await api.client.post("/ml/rollback")).json()
    assert rolled == {"ok": True, "version": None}


async def test_versions_are_promoted_and_rolled_back(api: Served, database: str) -> None:
    first, second = await kept(database, "qualify", "qualify")
    for version in (first, second):
        answer = await api.client.post(f"/ml/models/{version}/promote", json={"reason": "a try"})
        assert answer.json() == {"ok": True, "version": version}
        assert await scoring(api) == version
    newest, older = (await listed(api))["items"]
    assert newest["reason_facts"] == {}
    assert (newest["version"], newest["status"], newest["reason"]) == (second, "champion", "a try")
    assert (older["status"], older["metrics"]) == ("retired", {"auc": 0.8})
    assert newest["promoted_at"] > older["promoted_at"] > older["created_at"]
    assert (await api.client.post("/ml/rollback")).json()["version"] == first
    assert await scoring(api) == first
    back = (await listed(api))["items"][0]
    assert (back["reason"], back["reason_facts"]) == ("by hand", {"code": "by_hand"})
    rows = await execute(
        database, "SELECT facts FROM galope.audit WHERE action = 'model changed' ORDER BY id"
    )
    assert [json.loads(row["facts"])["version"] for row in rows] == [first, second, first]


async def test_going_back_from_the_first_version_comes_to_the_rules(
    api: Served, database: str
) -> None:
    (only,) = await kept(database, "qualify")
    await api.client.post(f"/ml/models/{only}/promote")
    assert (await api.client.post("/ml/rollback")).json()["version"] is None
    assert await scoring(api) is None


async def test_only_a_version_of_the_question_asked_can_score(api: Served, database: str) -> None:
    mine, other = await kept(database, "qualify", "qualify_90d")
    await api.client.post(f"/ml/models/{mine}/promote")
    for wrong in (other, 10**6):
        answer = await api.client.post(f"/ml/models/{wrong}/promote")
        assert (answer.status_code, answer.json()["error"]) == (404, Text.MODEL_NOT_FOUND)
    assert (await api.client.post("/ml/models/x/promote")).status_code == 400
    assert await scoring(api) == mine
    rows = await execute(
        database, "SELECT status FROM galope.model_version WHERE version = $1", other
    )
    assert rows[0]["status"] == "candidate"


async def test_the_contest_is_told_by_orders_of_magnitude(api: Served, database: str) -> None:
    contest = Contest("frozen", {"steady": [0.0] * 4, "quick": [200.0] * 4}, 70)
    state = {"contest": contest.to_json(), "learned": 90}
    await execute(
        database,
        "INSERT INTO galope.learner (head, model_version, learned, state, base_version)"
        " VALUES ('qualify', 4, 90, $1, 4)",
        json.dumps(state),
    )
    lead = await api.lead()
    await execute(
        database,
        "WITH came AS (UPDATE leads SET created_at = '2026-01-01T00:00:00Z' WHERE id = $1)"
        " INSERT INTO galope.prediction (lead_id, head, model_version, snapshots)"
        " VALUES ($1, 'qualify', 4, '[]')",
        lead["id"],
    )
    found = await listed(api)
    assert found["learned"] == 90
    assert found["contest"] == {
        "version": 4,
        "champion": "frozen",
        "judged": 70,
        "chance": pytest.approx(log1p(70) / log1p(20_000)),
        "challengers": [
            {"name": "quick", "evidence": pytest.approx(log1p(200) / log1p(20_000))},
            {"name": "steady", "evidence": 0.0},
        ],
    }
    assert found["first_judged_at"].startswith("2026-01-31T00:00:00")


async def test_measures_are_told_by_day(api: Served, database: str) -> None:
    await execute(
        database,
        "INSERT INTO galope.model_metric (version, head, contender, measured_at, metrics)"
        """ SELECT 1, 'qualify', 'champion', date_trunc('day', now()) - age, """
        """ jsonb_build_object('auc', auc, 'by_band', '{}'::jsonb, 'shifted', '{}'::jsonb)"""
        " FROM (VALUES (interval '40 days', 0.5), (interval '30 hours', 0.6),"
        " (interval '25 hours', 0.7), (interval '0', 0.8)) AS one (age, auc)",
    )

    async def told(**params: int) -> list[Any]:
        found = (await api.client.get("/ml/metrics/history", params=params)).json()
        return [one["metrics"] for one in found]

    assert await told() == [{"auc": 0.5}, {"auc": 0.7}, {"auc": 0.8}]
    assert await told(days=30) == [{"auc": 0.7}, {"auc": 0.8}]
    assert (await api.client.get("/ml/metrics/history", params={"days": 0})).status_code == 400


async def test_the_history_is_audited(api: Served, database: str) -> None:
    few = await api.client.post("/admin/ml/audit")
    assert (few.status_code, few.json()["error"]) == (400, Text.TOO_LITTLE_TO_AUDIT)
    seeded = await api.client.post("/demo/seed-leads", json={"n": 400, "replace": True, "seed": 3})
    assert seeded.json()["ok"] is True
    answer = await api.client.post("/admin/ml/audit")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["resolved"] >= found["converted"] > 0
    assert found["serious"] == sum(one["severity"] == "serious" for one in found["findings"])
    assert all(one["text"] and one["remedy"] for one in found["findings"])
    (row,) = await execute(
        database, "SELECT facts FROM galope.audit WHERE action = 'history audited'"
    )
    assert json.loads(row["facts"]) == {"findings": len(found["findings"])}


async def test_a_further_head_is_trained_and_audited_by_its_name(api: Served) -> None:
    others = [{"name": "buy_60d", "converts": ["purchase"], "anchor": "rolling"}]
    decided = await api.client.put("/admin/policy", json={"others": others})
    assert decided.status_code == 200
    for path, word in (("/admin/ml/retrain", "questions"), ("/admin/ml/audit", "leads")):
        few = await api.client.post(path, params={"head": "buy_60d"})
        assert (few.status_code, word in few.json()["detail"]) == (400, True), few.text
        unknown = await api.client.post(path, params={"head": "sell"})
        assert (unknown.status_code, unknown.json()["error"]) == (404, Text.HEAD_NOT_FOUND)
