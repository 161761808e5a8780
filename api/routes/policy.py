"""What the team decides about its funnel: outcomes, bands and rule points; changed and undone."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path

from api.access import Admin
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.policy import Decided, PolicyNow
from api.services import policy_decisions
from api.texts import Text
from domain.policy import OURS

router = APIRouter(tags=["policy"])


@router.get("/admin/policy", response_model=PolicyNow, summary="What counts in this funnel")
async def policy(services: ServicesDep, _: Admin) -> JsonResponse:
    """Return what counts as success, what is warm and hot, what events bring, and who said so."""
    return JsonResponse(
        await policy_decisions.in_force(services.database, services.settings.installed)
    )


@router.put(
    "/admin/policy", response_model=PolicyNow, summary="Decide what counts",
    responses=refuses(409, Text.BUSY),
    openapi_extra=requires(Text.POLICY_REQUIRED),
)  # fmt: skip
async def decide(services: ServicesDep, actor: Admin, body: Decided) -> JsonResponse:
    """Decide; the decisions before are replaced. Outcomes and scores are worked out again."""
    decided = body.model_dump(mode="json", exclude_none=True)
    for name in decided.keys() & {"converts", "loses"}:
        decided[name] = sorted(set(decided[name]))
    ours = OURS.rule_points
    points = decided.pop("points", {})
    if changed := {kind: worth for kind, worth in points.items() if worth != ours.get(kind)}:
        decided["points"] = changed
    return JsonResponse(
        await policy_decisions.decide(
            services.database, services.settings.installed, actor, decided
        )
    )


@router.post(
    "/admin/policy/{version}/restore", response_model=PolicyNow, summary="Go back to a decision",
    responses=refuses(404, Text.POLICY_NOT_FOUND) | refuses(409, Text.BUSY),
)  # fmt: skip
async def restore(
    services: ServicesDep,
    actor: Admin,
    version: Annotated[int, Path(ge=0, lt=2**63, description="0 is before the first decision.")],
) -> JsonResponse:
    """Decide again what was decided before."""
    decided = await services.database.fetchval("decision", version) if version else "{}"
    if decided is None:
        raise ApiError(404, Text.POLICY_NOT_FOUND)
    return JsonResponse(
        await policy_decisions.decide(
            services.database, services.settings.installed, actor, orjson.loads(decided)
        )
    )
