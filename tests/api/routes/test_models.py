"""What is told of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_the_model_before_and_after_training(api: Served) -> None:
    info = (await api.client.get("/ml/model-info")).json()
    assert (info["available"], info["winner"]) == (False, None)
    assert {"runner_up", "fine_tuning", "selection_reasons", "report_path"} <= set(info)
    few = await api.client.post("/admin/ml/retrain", json={"min_rows": 200})
    assert (few.status_code, few.json()["min_rows"]) == (400, 200)
    unexpected = await api.client.post("/admin/ml/retrain", json={"expected_leads": 5})
    assert (unexpected.status_code, unexpected.json()["found_leads"]) == (409, 0)
    seeded = await api.client.post("/demo/seed-leads", json={"n": 400, "replace": True, "seed": 3})
    assert seeded.json()["ok"] is True
    trained = (await api.client.post("/admin/ml/retrain", json={"min_rows": 100})).json()
    assert trained["ok"] is True
    assert set(trained["report"]) >= {"version", "candidates"}
    info = (await api.client.get("/ml/model-info")).json()
    assert info["available"] is trained["promoted"]


async def test_the_models_measures_are_listed(api: Served, database: str) -> None:
    assert (await api.client.get("/ml/metrics")).json() == []
    await execute(
        database,
        "INSERT INTO galope.model_metric (version, head, contender, measured_at, metrics) VALUES"
        " (1, 'qualify', 'frozen', now() - interval '1 day', '{}'),"
        """ (1, 'qualify', 'frozen', now(), '{"auc": 0.8}'),"""
        """ (2, 'qualify', 'quick', now(), '{"auc": 0.9}')""",
    )
    listed = (await api.client.get("/ml/metrics")).json()
    assert [(one["version"], one["metrics"]) for one in listed] == [
        (2, {"auc": 0.9}),
        (1, {"auc": 0.8}),
    ]
