"""A lead's score and where it comes from."""

from uuid import UUID

from fastapi import APIRouter

from api.access import Viewer
from api.answers import Json
from api.models import LeadDiagnostics, Score
from api.parts import Galope

router = APIRouter(tags=["scores"])


@router.post("/leads/{lead_id}/score", response_model=Score, summary="The live score")
async def score(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Return the live score with its reasons; if it is due, it is scored first."""
    live = await galope.scores.live(lead_id)
    diagnostics = live.diagnostics
    meta = {name: diagnostics[name] for name in ("engine", "model_name", "probability_qualified")}
    return Json(
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
async def diagnostics(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Return which model gave the score, when, and the probability it gives."""
    live = await galope.scores.live(lead_id)
    return Json(
        {
            "lead_id": lead_id,
            "score": live.score,
            "status": live.status,
            "diagnostics": live.diagnostics,
        }
    )
