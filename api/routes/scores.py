"""A lead's score and where it comes from."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.access import Viewer
from api.dependencies import Galope
from api.responses import Json
from api.schemas.base import Answered, LeadId, Moment, Points, Probability, Reasons, Status

router = APIRouter(tags=["scores"])


class ScoreMeta(Answered):
    """What gave a score."""

    engine: str | None = Field(examples=["galope"])
    model_name: str | None = Field(examples=["galope qualify v3"])
    probability_qualified: Probability | None


class Diagnostics(ScoreMeta):
    """What gave a score, and when."""

    scored_at: Moment | None
    meta: dict[str, Any] = Field(examples=[{"model_version": 3, "learned": 120}])


class Score(Answered):
    """A lead's live score, its reasons, and where it comes from."""

    score: Points | None
    status: Status
    motivos: Reasons
    meta: ScoreMeta
    diagnostics: Diagnostics


class LeadDiagnostics(Answered):
    """Where a lead's stored score comes from."""

    lead_id: LeadId
    score: Points | None
    status: Status
    diagnostics: Diagnostics


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
