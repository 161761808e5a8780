"""The model: what it is, and training it again."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter

from api import audit, children
from api.access import Admin, Viewer
from api.answers import Json
from api.errors import ApiError
from api.models import ModelInfo, ModelMetrics, Retrain, Retrained
from api.parts import Galope, Parts
from api.texts import Text
from leads.outcomes import QUALIFY

router = APIRouter(tags=["model"])

REPORTS = children.ROOT / "reports"
"""Where training leaves its report."""

TOO_LITTLE = 3
"""Training's exit code when there is too little history."""


@router.get("/ml/model-info", response_model=ModelInfo, summary="The model that scores")
async def model_info(galope: Galope, _: Viewer) -> Json:
    """Return the model that scores, the next best, how it was fitted and why it was chosen."""
    rows = await galope.database.fetch("models_kept", QUALIFY.name, 2)
    models = [{**row, "metrics": orjson.loads(row["metrics"])} for row in rows]
    champion = models[0] if models and models[0]["status"] == "champion" else None
    others = [one for one in models if one is not champion]
    report = REPORTS / "training.md"
    written = report.stat().st_mtime if report.exists() else None
    return Json(
        {
            "available": champion is not None,
            "winner": champion and _named(champion),
            "runner_up": _named(others[0]) if others else None,
            "fine_tuning": {
                "best_params": {},
                "summary": champion["metrics"] if champion else None,
            },
            "selection_reasons": [champion["reason"]] if champion else [],
            "report_path": "reports/training.md" if written else None,
            "report_updated_at": written and datetime.fromtimestamp(written, UTC),
        }
    )


@router.get("/ml/metrics", response_model=list[ModelMetrics], summary="How models do, live")
async def model_metrics(galope: Galope, _: Viewer) -> Json:
    """Return the newest measures of each model version, the newest version first."""
    try:
        rows = await galope.database.fetch("model_metrics")
    except asyncpg.UndefinedTableError:  # measured by nobody yet
        rows = []
    return Json([{**row, "metrics": orjson.loads(row["metrics"])} for row in rows])


def _named(model: dict[str, Any]) -> dict[str, Any]:
    label = f"galope {QUALIFY.name} v{model['version']}"
    return {"id": str(model["version"]), "label": label, "status": model["status"]}


@router.post("/admin/ml/retrain", response_model=Retrained, summary="Train again")
async def retrain(galope: Galope, who: Admin, body: Retrain | None = None) -> Json:
    """Learn a model from the database's history, and return its report.

    The fit is exact, so ``random_state`` and ``search_mode`` change nothing; they are taken so that
    clients that send them need not change.
    """
    chosen = body or Retrain()
    await _as_expected(galope, chosen)
    arguments = ("offline.train", "--min-leads", str(chosen.min_rows))
    ended = await children.run(galope.settings.database_url, *arguments)
    if ended.code == TOO_LITTLE:
        rows = await galope.database.fetchval("resolved_leads")
        text = Text.TOO_FEW_ROWS.format(rows=rows, min_rows=chosen.min_rows)
        raise ApiError(400, text, detail=ended.said, min_rows=chosen.min_rows)
    if ended.code:
        raise ApiError(502, Text.COMMAND_FAILED.format(said=ended.said))
    report = orjson.loads((REPORTS / "training.json").read_bytes())
    rows = await galope.database.fetch("models_kept", QUALIFY.name, 1)
    promoted = bool(rows) and (rows[0]["version"], rows[0]["status"]) == (
        report["version"],
        "champion",
    )
    async with galope.database.transaction() as connection:
        await audit.record(connection, who, "model trained", version=report["version"])
    return Json({"ok": True, "promoted": promoted, "report": report, "said": ended.said})


async def _as_expected(galope: Parts, chosen: Retrain) -> None:
    found = await galope.database.fetchval("count_leads")
    expected = chosen.expected_leads
    if expected in {None, found} or chosen.ignore_expected_mismatch:
        return
    text = Text.UNEXPECTED_LEADS.format(expected=expected, found=found)
    raise ApiError(409, text, expected_leads=expected, found_leads=found)
