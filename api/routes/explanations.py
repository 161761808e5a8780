"""A score explained to the person whom it is about."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.explanations import Explanation
from domain.catalogue import Catalogue, catalogue
from domain.features import label_signal
from domain.machines import MANY, WINDOW
from domain.scoring import confirmations_of, held_stage
from domain.state import LeadState

router = APIRouter(tags=["scores"])


@router.get("/leads/{lead_id}/explanation", response_model=Explanation,
            summary="The score in words")  # fmt: skip
async def explanation(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Explain a score to the one it is about: reasons, the data used, the model (LGPD, art. 20)."""
    live = await services.scores.live(lead_id)
    read, card = await services.scores.read(lead_id)
    state, words = read.lead.state, catalogue(services.settings.language)
    sentences = words.words["explanation"]
    percent = round(100 * (live.probability or 0.0))
    version = live.meta.get("model_version", card.version)
    text = [
        sentences["score"].format(score=live.score),
        sentences["probability"].format(percent=percent),
        sentences["model"].format(version=version) if version else sentences["rules"],
        sentences["personal"],
        sentences["review"],
    ]
    if state.machines and (count := state.machines.left_out):
        text.insert(3, sentences["machines"].format(count=count, many=MANY, seconds=WINDOW))
    held = held_stage(state, card.directions)
    if held:
        text.insert(3, sentences["held"])
    return JsonResponse(
        {
            "lead_id": lead_id,
            "score": live.score,
            "status": live.status,
            "text": text,
            "motivos": live.reasons,
            "data_used": {**_data_used(state, words), "stage_by_hand": held},
            "model": {"version": version, "name": live.model_name},
            "probability_qualified": live.probability,
            "scored_at": live.scored_at,
        }
    )


def _data_used(state: LeadState, words: Catalogue) -> dict[str, Any]:
    """Return what the model was given of a lead: answers, events by type, what these carried."""
    return {
        "profile": [
            {"field": name, "label": words.signal(f"profile:{name}"), "value": value}
            for name, value in sorted(state.profile.items())
        ],
        "events": [
            {
                "event_type": kind,
                "label": words.signal(f"event:{kind}"),
                "count": tally.count,
                "first_at": _timestamp(tally.first),
                "last_at": _timestamp(tally.last),
            }
            for kind, tally in sorted(state.tallies.items())
        ],
        "labels": [
            {
                "name": name,
                "label": words.signal(label_signal(name)),
                "count": tally.count,
                "last_at": _timestamp(tally.last),
            }
            for name, tally in sorted(state.labels.items())
        ],
        "amount": state.amounts.sum if state.amounts.count else None,
        "left_out": state.machines.left_out if state.machines else 0,
        "signals": sorted(confirmations_of(state)),
    }


def _timestamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
