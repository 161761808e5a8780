"""What if: events and answers tried on a lead without storing any of it."""

import copy
import time
from math import inf
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.access import Viewer
from api.dependencies import Galope
from api.responses import Json
from api.routes.events import KIND
from api.schemas.base import (
    Answered,
    Facts,
    LeadId,
    Points,
    Probability,
    Reasons,
    Sent,
    Status,
    Version,
    Word,
)
from domain.catalogue import catalogue
from domain.profile import PERSONAL, profile_of
from domain.rules import MANUAL_MOVE
from domain.scoring import score_lead
from stream.cache import CachedLead
from stream.writeback import Rescore

router = APIRouter(tags=["scores"])


class TriedEvent(Sent):
    """An event to try."""

    event_type: Annotated[Word, KIND] = Field(examples=["whatsapp_reply"])
    metadata: Facts | None = None


class WhatIf(Sent):
    """What to try on a lead."""

    events: list[TriedEvent] = Field(default=[], max_length=1000)
    profile: Facts = Field(default={}, examples=[{"orcamento_faixa": "60k+"}])


class TrialScore(Answered):
    """A score, before or after what was tried."""

    score: Points
    status: Status
    motivos: Reasons
    probability_qualified: Probability
    next_action: str = Field(examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"])


class Trial(Answered):
    """What trying did."""

    lead_id: LeadId
    before: TrialScore
    after: TrialScore
    delta: int = Field(examples=[0])
    model_version: Version


@router.post("/leads/{lead_id}/what-if", response_model=Trial, summary="Try without storing")
async def what_if(lead_id: UUID, body: WhatIf, galope: Galope, _: Viewer) -> Json:
    """Score a lead as if these events happened now and it had given these answers."""
    before, card = await galope.scores.read(lead_id)
    state = copy.deepcopy(before.lead.state)
    personal = PERSONAL | galope.settings.personal
    # An answer of null takes away the one that was given.
    kept = {name: said for name, said in state.profile.items() if name not in body.profile}
    state.profile = kept | profile_of(body.profile, personal)
    now = time.time()
    for event in body.events:
        kind = event.event_type
        if kind == MANUAL_MOVE:
            kind = f"{kind}:{str((event.metadata or {}).get('to_stage', 'unknown'))[:20].upper()}"
        state.fold(kind, now)
    scored = score_lead(state, card, now)
    lead = CachedLead(state, None, None)
    after = Rescore(lead_id, lead, before.scored.score, scored, "what-if", now, inf)
    words = catalogue(galope.settings.language)
    said = {
        name: {
            "score": one.scored.score,
            "status": one.scored.status,
            "motivos": galope.scores.reasons(one),
            "probability_qualified": one.scored.propensity,
            "next_action": words.action(one.scored.action),
        }
        for name, one in (("before", before), ("after", after))
    }
    delta = scored.score - before.scored.score
    return Json({"lead_id": lead_id, **said, "delta": delta, "model_version": card.version})
