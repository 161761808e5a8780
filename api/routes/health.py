"""Whether the API can answer."""

from fastapi import APIRouter

from api.dependencies import ServicesDep
from api.errors import UNAVAILABLE
from api.responses import JsonResponse
from api.schemas.health import FEATURES, Health

router = APIRouter(tags=["health"])


@router.get(
    "/api/health",
    response_model=Health,
    summary="Whether the API can answer",
    responses={500: {"model": Health, "description": "It can't."}},
)
@router.get("/health", response_model=Health, summary="Whether the API can answer",
            responses={500: {"model": Health, "description": "It can't."}})  # fmt: skip
async def health(services: ServicesDep) -> JsonResponse:
    """Return UP while Postgres answers and Galope is installed on it, else DOWN with 500.

    What the stream found to be in its way when it last looked is `problem`.
    """
    down = JsonResponse({"status": "DOWN"}, 500)
    try:
        if not await services.database.fetchval("health"):
            return down
        problem = await services.database.fetchval("problem")
    except UNAVAILABLE:
        return down
    told = {"problem": problem} if problem else {}
    return JsonResponse({"status": "UP", "features": FEATURES, **told})
