"""What became of what was recommended."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.recommendations import RecommendationResults
from api.services.recommendations import recommendations

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
