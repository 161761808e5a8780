"""What became of what was recommended."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.recommendations import LearnedActions, RecommendationResults
from api.services.recommendations import learned_actions, recommendations

router = APIRouter(tags=["model"])


@router.get("/ml/recommendations", response_model=RecommendationResults,
            summary="What became of recommendations")  # fmt: skip
async def read_recommendations(
    services: ServicesDep,
    _: Viewer,
    days: Annotated[int, Query(ge=4, le=730, description="How far back.")] = 90,
) -> JsonResponse:
    """Return what the team did with recommendations, and what came within 72 hours of each.

    A recommendation is kept where the action or its channel becomes another one, and stands until
    the lead's next one. Which events say what was done and what came is in
    `domain/recommendations.py`. Those followed and those ignored are of different leads: only an
    experiment tells what following does.
    """
    head = (await services.policy()).head
    return JsonResponse(await recommendations(services.database, head, days))


@router.get("/ml/actions", response_model=LearnedActions, summary="What was learned of actions")
async def read_learned_actions(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return whether actions are drawn, who decides, and what each would have brought.

    Estimates are of draws that what was learned had not seen: the newest half. `offline.actions`
    makes them, and the schedule has it done every week.
    """
    floor = (await services.policy()).action_floor
    return JsonResponse(await learned_actions(services.database, floor))
