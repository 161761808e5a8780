"""Whether the API can answer."""

from fastapi import APIRouter
from pydantic import Field

from api.dependencies import Galope
from api.errors import UNAVAILABLE
from api.responses import Json
from api.schemas.base import Answered

router = APIRouter(tags=["health"])

FEATURES = {"crm_next_action": True, "score_diagnostics": True, "ml_model_info": True}


class Health(Answered):
    """Whether the API can answer."""

    status: str = Field(examples=["UP"])
    features: dict[str, bool] | None = Field(default=None, examples=[FEATURES])


@router.get("/health", response_model=Health, summary="Whether the API can answer",
            responses={500: {"model": Health, "description": "It can't."}})  # fmt: skip
async def health(galope: Galope) -> Json:
    """Return UP while Postgres answers and Galope is installed on it, else DOWN with 500."""
    try:
        installed = await galope.database.fetchval("health")
    except UNAVAILABLE:
        installed = False
    if installed:
        return Json({"status": "UP", "features": FEATURES})
    return Json({"status": "DOWN"}, 500)
