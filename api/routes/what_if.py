"""What if: events and answers tried on a lead without storing any of it."""

import copy
import time
from math import inf
from uuid import UUID

from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.what_if import WhatIf, WhatIfResult
from domain.catalogue import catalogue
from domain.profile import profile_of
from domain.rules import MANUAL_MOVE
from domain.scoring import score_lead
from stream.cache import CachedLead
from stream.writeback import Rescore

router = APIRouter(tags=["scores"])


@router.post("/leads/{lead_id}/what-if", response_model=WhatIfResult, summary="Try without storing")
async def what_if(lead_id: UUID, body: WhatIf, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Score a lead as if these events happened now and it had given these answers."""
    before, card = await services.scores.read(lead_id)
    state = copy.deepcopy(before.lead.state)
    personal = services.settings.personal
    # An answer of null takes away the one that was given.
    kept = {name: value for name, value in state.profile.items() if name not in body.profile}
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
    words = catalogue(services.settings.language)
    scores = {
        name: {
            "score": rescore.scored.score,
            "status": rescore.scored.status,
            "motivos": services.scores.reasons(rescore),
            "probability_qualified": rescore.scored.propensity,
            "next_action": words.action(rescore.scored.action),
        }
        for name, rescore in (("before", before), ("after", after))
    }
    delta = scored.score - before.scored.score
    return JsonResponse(
        {"lead_id": lead_id, **scores, "delta": delta, "model_version": card.version}
    )
