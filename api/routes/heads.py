"""Heads beside the primary one: which there are, what they say of a lead, and of whom the most."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query

from api.access import Viewer
from api.dependencies import Services, ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.heads import AskedHeads, HeadRanking, LeadHeads
from api.schemas.parameters import ALL, Given, LimitQuery, OffsetQuery
from api.texts import Text
from domain.catalogue import catalogue
from domain.policy import Policy
from domain.reasons import kept_reasons
from domain.state import DAY, LeadState
from postgres.model_registry import champion_versions

router = APIRouter(tags=["heads"])

MinChanceQuery = Annotated[float | None, Given, Query(ge=0, le=1, examples=[0.5])]


async def _asked(services: Services, policy: Policy) -> list[dict[str, Any]]:
    """Return the heads beside the primary one, with the models that answer them."""
    async with services.database.connection() as connection:
        names = [head.name for head in policy.others]
        versions = await champion_versions(connection, names)
    return [
        {
            "head": head.name,
            "converts": sorted(head.converts),
            "loses": sorted(head.loses),
            "horizon_days": head.horizon / DAY,
            "anchor": head.anchor,
            "model_version": versions.get(head.name),
        }
        for head in policy.others
    ]


@router.get("/heads", response_model=AskedHeads, summary="The questions beside the primary one")
async def heads(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return what is asked of every lead beside whether it qualifies, and by which models."""
    return JsonResponse({"items": await _asked(services, await services.policy())})


@router.get("/leads/{lead_id}/heads", response_model=LeadHeads,
            summary="A lead's other scores")  # fmt: skip
async def lead_heads(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return what the heads beside the primary one say of a lead, with reasons that add up."""
    if not await services.database.fetchval("lead_exists", lead_id):
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    asked = await _asked(services, await services.policy())
    rows = await services.database.fetch("heads_of", lead_id, [head["head"] for head in asked])
    stored = await services.database.fetchval("state_of", lead_id)
    # While it is read anew, nothing is known of what stands behind a reason.
    state = LeadState.from_json(orjson.loads(stored)) if stored else LeadState(0.0, {})
    words = catalogue(services.settings.language)
    said = {
        row["head"]: {
            **{name: row[name] for name in ("score", "probability", "since", "scored_at")},
            "model_version": row["model_version"],
            "motivos": words.lines(kept_reasons(orjson.loads(row["points"])), state),
        }
        for row in rows
    }
    items = [{**head, "said": said.get(head["head"])} for head in asked]
    return JsonResponse({"lead_id": lead_id, "items": items})


@router.get("/heads/{head}/leads", response_model=HeadRanking, summary="Leads by another score",
            responses=refuses(404, Text.HEAD_NOT_FOUND))  # fmt: skip
async def head_leads(
    head: str,
    services: ServicesDep,
    _: Viewer,
    min_probability: MinChanceQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
) -> JsonResponse:
    """Return leads by what a head says of them, the likeliest yes first."""
    policy = await services.policy()
    if head not in {other.name for other in policy.others}:
        raise ApiError(404, Text.HEAD_NOT_FOUND)
    total = await services.database.fetchval("head_leads_count", head, min_probability)
    rows = await services.database.fetch("head_leads", head, min_probability, limit or ALL, offset)
    return JsonResponse({"head": head, "total": total, "items": [dict(row) for row in rows]})
