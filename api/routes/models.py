"""The model: what it is, how it does, training it again, and auditing what it learns from."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query

from api.access import Viewer
from api.dependencies import UNKNOWN_HEAD, ServicesDep
from api.responses import JsonResponse
from api.schemas.evaluation import ModelEvaluation
from api.schemas.models import ModelInfo, ModelMetrics
from api.schemas.parameters import HeadQuery
from api.services.commands import REPORTS

router = APIRouter(tags=["model"])


@router.get("/ml/model-info", response_model=ModelInfo, summary="The model that scores")
async def model_info(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return the model that scores, the next best, how it was fitted and why it was chosen."""
    head = (await services.policy()).head.name
    rows = await services.database.fetch("models_kept", head, 2)
    models = [{**row, "metrics": orjson.loads(row["metrics"])} for row in rows]
    champion = models[0] if models and models[0]["status"] == "champion" else None
    others = [model for model in models if model is not champion]
    report = REPORTS / "training.md"
    written = report.stat().st_mtime if report.exists() else None
    return JsonResponse(
        {
            "available": champion is not None,
            "winner": champion and _named(head, champion),
            "runner_up": _named(head, others[0]) if others else None,
            "fine_tuning": {
                "best_params": None,
                "summary": champion["metrics"] if champion else None,
            },
            "selection_reasons": [champion["reason"]] if champion else [],
            "report_path": "reports/training.md" if written else None,
            "report_updated_at": written and datetime.fromtimestamp(written, UTC),
        }
    )


@router.get(
    "/ml/evaluation",
    response_model=ModelEvaluation,
    summary="How good the model is, held out",
)
async def evaluation(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return how the model that scores did on leads that its training kept from it."""
    head = (await services.policy()).head.name
    found = await services.database.fetchval("found_in_training", head)
    return JsonResponse({"evaluation": orjson.loads(found)["evaluation"] if found else None})


@router.get("/ml/metrics", response_model=list[ModelMetrics], responses=UNKNOWN_HEAD,
            summary="How models do, live")  # fmt: skip
async def model_metrics(services: ServicesDep, _: Viewer, head: HeadQuery = None) -> JsonResponse:
    """Return the newest measures of each model version and contender, the newest first.

    ``head`` asks for those of a head beside the primary one.
    """
    rows = await services.database.fetch("model_metrics", (await services.head(head)).name)
    return JsonResponse([{**row, "metrics": orjson.loads(row["metrics"])} for row in rows])


@router.get(
    "/ml/metrics/history",
    response_model=list[ModelMetrics],
    responses=UNKNOWN_HEAD,
    summary="How models did, day by day",
)
async def metrics_history(
    services: ServicesDep,
    _: Viewer,
    days: Annotated[int, Query(ge=1, le=730, description="How far back.")] = 90,
    head: HeadQuery = None,
) -> JsonResponse:
    """Return each day's last measures of each version and contender, the oldest first.

    Single numbers only: the bands and what shifted are with the newest measures.
    """
    name = (await services.head(head)).name
    rows = await services.database.fetch("metric_history", name, days)
    return JsonResponse([{**row, "metrics": orjson.loads(row["metrics"])} for row in rows])


def _named(head: str, model: dict[str, Any]) -> dict[str, Any]:
    label = f"galope {head} v{model['version']}"
    return {"id": str(model["version"]), "label": label, "status": model["status"]}
