"""The model: what it is, how it does, training it again, and auditing what it learns from."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Admin, Viewer
from api.dependencies import Galope, Parts
from api.docs import refuses
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import Answered, Moment, Ok, Sent, Version
from api.services import audit
from api.services import commands as children
from api.texts import Text

router = APIRouter(tags=["model"])

REPORTS = children.ROOT / "reports"
"""Where training leaves its report."""

TOO_LITTLE = 3
"""Exit code of training and of the audit when there is too little history."""

SERIOUS = 4
"""The audit's exit code when it found something serious."""


COMMAND = refuses(409, Text.BUSY) | refuses(502, Text.COMMAND_FAILED.format(said="…"))
"""How a call may be answered that runs a command."""

MEASURES = {"auc": 0.79, "ece": 0.02, "leads": 600, "base_rate": 0.22}


class NamedVersion(Answered):
    """A model version, with its name."""

    id: str = Field(examples=["3"])
    label: str = Field(examples=["galope qualify v3"])
    status: str = Field(examples=["champion"])


class FineTuning(Answered):
    """How a model was fitted."""

    best_params: dict[str, Any] = Field(examples=[{}])
    summary: dict[str, Any] | None = Field(examples=[MEASURES])


class ModelInfo(Answered):
    """The model that scores; none is available before training."""

    available: bool = Field(examples=[True])
    winner: NamedVersion | None
    runner_up: NamedVersion | None
    fine_tuning: FineTuning
    selection_reasons: list[str] = Field(examples=[["added from june.json"]])
    report_path: str | None = Field(examples=["reports/training.md"])
    report_updated_at: Moment | None


class ModelMetrics(Answered):
    """How a model version does, as last measured."""

    version: Version
    head: str = Field(examples=["qualify"])
    contender: str = Field(examples=["champion"])
    measured_at: Moment
    metrics: dict[str, Any] = Field(examples=[MEASURES])


class Retrain(Sent):
    """How to train."""

    expected_leads: Annotated[int, Field(ge=0)] | None = Field(default=None, examples=[240])
    ignore_expected_mismatch: bool = False
    random_state: int | None = None
    min_rows: int = Field(default=200, ge=1, le=10**9, examples=[200])
    search_mode: str | None = None


class Retrained(Answered):
    """What training came to."""

    ok: Ok
    promoted: bool = Field(examples=[True])
    report: dict[str, Any] = Field(examples=[{"version": 3, "candidates": {"galope": MEASURES}}])
    said: str = Field(examples=["version 3 scores from now on"])


class AuditFinding(Answered):
    """A fault or a leak in the history, and what to do about it."""

    code: str = Field(examples=["tells_alone"], description="What kind; stable.")
    subject: str = Field(examples=["profile:uf"], description="What it is about.")
    figure: float = Field(examples=[0.97], description="What was measured.")
    limit: float = Field(examples=[0.9], description="Where it begins to be a finding.")
    severity: str = Field(examples=["serious"])
    text: str = Field(examples=["profile:uf tells outcomes apart by itself"])
    remedy: str = Field(examples=["look whether it is filled in only after the outcome"])


class Audited(Answered):
    """What was found in the history."""

    at: Moment
    leads: int = Field(examples=[600])
    resolved: int = Field(examples=[410])
    converted: int = Field(examples=[90])
    serious: int = Field(examples=[1], description="How many findings are serious.")
    findings: list[AuditFinding] = Field(description="The serious ones first.")
    unchecked: list[str] = Field(
        examples=[["open_leads"]], description="What there is too little for yet."
    )


@router.get("/ml/model-info", response_model=ModelInfo, summary="The model that scores")
async def model_info(galope: Galope, _: Viewer) -> Json:
    """Return the model that scores, the next best, how it was fitted and why it was chosen."""
    head = (await galope.policy()).head.name
    rows = await galope.database.fetch("models_kept", head, 2)
    models = [{**row, "metrics": orjson.loads(row["metrics"])} for row in rows]
    champion = models[0] if models and models[0]["status"] == "champion" else None
    others = [one for one in models if one is not champion]
    report = REPORTS / "training.md"
    written = report.stat().st_mtime if report.exists() else None
    return Json(
        {
            "available": champion is not None,
            "winner": champion and _named(head, champion),
            "runner_up": _named(head, others[0]) if others else None,
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
    """Return the newest measures of each model version and contender, the newest first."""
    rows = await galope.database.fetch("model_metrics")
    return Json([{**row, "metrics": orjson.loads(row["metrics"])} for row in rows])


@router.get(
    "/ml/metrics/history", response_model=list[ModelMetrics], summary="How models did, day by day"
)
async def metrics_history(
    galope: Galope,
    _: Viewer,
    days: Annotated[int, Query(ge=1, le=730, description="How far back.")] = 90,
) -> Json:
    """Return each day's last measures of each version and contender, the oldest first.

    Single numbers only: the bands and what shifted are with the newest measures.
    """
    head = (await galope.policy()).head.name
    rows = await galope.database.fetch("metric_history", head, days)
    return Json([{**row, "metrics": orjson.loads(row["metrics"])} for row in rows])


def _named(head: str, model: dict[str, Any]) -> dict[str, Any]:
    label = f"galope {head} v{model['version']}"
    return {"id": str(model["version"]), "label": label, "status": model["status"]}


@router.post(
    "/admin/ml/retrain", response_model=Retrained, responses=COMMAND, summary="Train again"
)
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
    head = (await galope.policy()).head.name
    rows = await galope.database.fetch("models_kept", head, 1)
    promoted = bool(rows) and (rows[0]["version"], rows[0]["status"]) == (
        report["version"],
        "champion",
    )
    async with galope.database.transaction() as connection:
        await audit.record(connection, who, "model trained", version=report["version"])
    return Json({"ok": True, "promoted": promoted, "report": report, "said": ended.said})


@router.post("/admin/ml/audit", response_model=Audited, summary="Look for leaks and faults",
             responses=COMMAND | refuses(400, Text.TOO_LITTLE_TO_AUDIT))  # fmt: skip
async def audit_history(galope: Galope, who: Admin) -> Json:
    """Look for leaks and faults in the history that the model learns from; nothing is changed."""
    ended = await children.run(galope.settings.database_url, "offline.audit", "--json")
    if ended.code == TOO_LITTLE:
        raise ApiError(400, Text.TOO_LITTLE_TO_AUDIT, detail=ended.said)
    if ended.code not in {0, SERIOUS}:
        raise ApiError(502, Text.COMMAND_FAILED.format(said=ended.said))
    found = orjson.loads(ended.out)
    async with galope.database.transaction() as connection:
        await audit.record(connection, who, "history audited", findings=len(found["findings"]))
    return Json(found)


async def _as_expected(galope: Parts, chosen: Retrain) -> None:
    found = await galope.database.fetchval("count_leads")
    expected = chosen.expected_leads
    if expected in {None, found} or chosen.ignore_expected_mismatch:
        return
    text = Text.UNEXPECTED_LEADS.format(expected=expected, found=found)
    raise ApiError(409, text, expected_leads=expected, found_leads=found)
