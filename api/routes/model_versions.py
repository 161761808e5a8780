"""Model versions: which scores, who challenges it, and how to change that by hand."""

from math import log1p
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path

from api.access import Admin, Viewer
from api.dependencies import UNKNOWN_HEAD, Services, ServicesDep
from api.docs import refuses
from api.responses import JsonResponse
from api.schemas.models import ChangedModel, KeptModels, ModelChange
from api.schemas.parameters import HeadQuery
from api.services import audit
from api.services.model_changes import score_with
from api.texts import Text
from online_models.contest import Contest
from online_models.rationale import by_hand

router = APIRouter(tags=["model"])

UNCHANGED = refuses(404, Text.MODEL_NOT_FOUND) | refuses(409, Text.BUSY)
"""How a call may be answered that changes nothing."""

SHOWN = 100
"""Versions that are listed, at the most."""


@router.get("/ml/models", response_model=KeptModels, responses=UNKNOWN_HEAD,
            summary="Model versions and challengers")  # fmt: skip
async def versions(services: ServicesDep, _: Viewer, head: HeadQuery = None) -> JsonResponse:
    """Return the versions that are kept, and how near each challenger is to taking over.

    ``head`` asks for those of a head beside the primary one.
    """
    asked = await services.head(head)
    rows = await services.database.fetch("models_kept", asked.name, SHOWN)
    learner = await services.database.fetchrow("standing", asked.name)
    first = await services.database.fetchval("first_judged", asked.name, asked.horizon)
    items = [
        {
            **row,
            "scores": row["status"] == "champion",
            "reason_facts": orjson.loads(row["reason_facts"]),
            "metrics": orjson.loads(row["metrics"]),
        }
        for row in rows
    ]
    return JsonResponse(
        {
            "items": items,
            "learned": learner["learned"] if learner else 0,
            "contest": learner and _standing(learner["model_version"], learner["contest"]),
            "horizon_days": asked.horizon / 86_400,
            "first_judged_at": first,
        }
    )


def _standing(version: int, contest: str) -> dict[str, Any]:
    state = Contest(**orjson.loads(contest))
    shares = {
        name: _nearness(evidence, state.wanted) for name, evidence in state.evidence().items()
    }
    return {
        "version": version,
        "champion": state.champion,
        "judged": state.judged,
        "chance": _nearness(state.judged, state.wanted),
        "challengers": [
            {"name": name, "evidence": share}
            for name, share in sorted(shares.items(), key=lambda entry: -entry[1])
        ],
    }


def _nearness(evidence: float, wanted: float) -> float:
    return min(log1p(evidence) / log1p(wanted), 1.0)


@router.post("/ml/models/{version}/promote", response_model=ChangedModel,
             responses=UNCHANGED, summary="Score with a version")  # fmt: skip
async def promote(
    services: ServicesDep,
    actor: Admin,
    version: Annotated[int, Path(ge=1, lt=2**63)],
    body: ModelChange | None = None,
    head: HeadQuery = None,
) -> JsonResponse:
    """Make a version the one that scores; every lead is rescored with it.

    ``head`` says of which head beside the primary one it is a version.
    """
    name = (await services.head(head)).name
    return await _change(services, actor, (name, version), body or ModelChange())


@router.post("/ml/rollback", response_model=ChangedModel, responses=UNCHANGED,
             summary="Go back to the version before")  # fmt: skip
async def rollback(
    services: ServicesDep,
    actor: Admin,
    body: ModelChange | None = None,
    head: HeadQuery = None,
) -> JsonResponse:
    """Go back to the version that scored before this one; to the team's rules if none did.

    A head beside the primary one, which ``head`` names, is not scored then.
    """
    name = (await services.head(head)).name
    before = await services.database.fetchval("previous_champion", name)
    return await _change(services, actor, (name, before), body or ModelChange())


async def _change(
    services: Services, actor: Admin, chosen: tuple[str, int | None], change: ModelChange
) -> JsonResponse:
    """Make a version of a head's the champion, or the rules where there is none."""
    head, version = chosen
    async with services.database.transaction() as connection:
        await score_with(connection, head, version, by_hand(change.reason))
        await audit.record(connection, actor, "model changed", head=head, version=version)
    return JsonResponse({"ok": True, "version": version})
