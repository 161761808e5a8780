"""A lead's score and where it comes from."""

from uuid import UUID

from fastapi import APIRouter, Request

from api.access import Viewer
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.scores import LeadDiagnostics, Score
from api.texts import Text

router = APIRouter(tags=["scores"])


@router.post("/leads/{lead_id}/score", response_model=Score, summary="The live score")
async def score(lead_id: UUID, request: Request, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return the live score with its reasons; if it is due, it is scored first.

    A body is not needed; one that is no JSON object is refused.
    """
    body = (await request.body()).strip()
    if body and not body.startswith((b"{", b"[")):
        raise ApiError(400, Text.BAD_JSON)
    live = await services.scores.live(lead_id)
    diagnostics = live.diagnostics
    meta = {name: diagnostics[name] for name in ("engine", "model_name", "probability_qualified")}
    return JsonResponse(
        {
            "score": live.score,
            "status": live.status,
            "motivos": live.reasons,
            "meta": meta,
            "diagnostics": diagnostics,
        }
    )


@router.get("/leads/{lead_id}/score-diagnostics", response_model=LeadDiagnostics,
            summary="Where the score comes from")  # fmt: skip
async def diagnostics(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return which model gave the score, when, and the probability it gives."""
    live = await services.scores.live(lead_id)
    return JsonResponse(
        {
            "lead_id": lead_id,
            "score": live.score,
            "status": live.status,
            "diagnostics": live.diagnostics,
        }
    )
