"""A lead's score and where it comes from."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from api.access import Viewer
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.scores import LeadDiagnostics, Score
from api.texts import Text

router = APIRouter(tags=["scores"])


async def no_scalar(request: Request) -> None:
    """Refuse a body that is JSON but no object, as where one is taken. Clients send ``{}``."""
    body = (await request.body()).strip()
    if body and not body.startswith((b"{", b"[")):
        raise ApiError(400, Text.BAD_JSON)


@router.post("/leads/{lead_id}/score", response_model=Score, summary="The live score",
             dependencies=[Depends(no_scalar)])  # fmt: skip
async def score(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return the live score with its reasons; if it is due, it is scored first."""
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
