"""What a change did to a lead's stage, status and score."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.services.database import Database
from api.services.live_scores import LiveScores


def transition(before: Any, stage: str, status: str | None, score: int | None) -> dict[str, Any]:
    """Return what a change did to the place and score that a lead had before."""
    return {
        "from_stage": before["stage"],
        "to_stage": stage,
        "from_status": before["status"],
        "to_status": status,
        "from_score": before["score"],
        "to_score": score,
    }


async def rescored(
    scores: LiveScores, database: Database, lead_id: UUID, before: Any
) -> dict[str, Any]:
    """Return a lead as it is scored now, and what became of the place and score it had before."""
    live = await scores.live(lead_id)
    after = await database.fetchrow("place_of", lead_id)
    stage = after["stage"] if after else before["stage"]
    change = transition(before, stage, live.status, live.score)
    return {"ok": True, "lead": live.lead, "transition": change}


def move_meta(change: dict[str, Any], source: str | None, at: datetime) -> dict[str, Any]:
    """Return what ``score_meta`` keeps of a move by hand."""
    return {"crm_manual_move": {**change, "source": source, "applied_at": at}}
