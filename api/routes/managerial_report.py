"""The managerial report: one lead for whoever decides, from what is already known."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.managerial_report import Report
from api.schemas.parameters import LanguageQuery
from api.services.live_scores import LiveScore
from api.services.rules import gate
from domain.bands import HOT, Status
from domain.catalogue import Catalogue, catalogue
from domain.scoring import confirmations_of
from stream.writeback import Writeback

router = APIRouter(tags=["crm"])

TOP_PARTNERS = 5

QUIET_DAYS = 7
"""Days of silence that a manager should hear of."""


@router.get("/leads/{lead_id}/managerial-report", response_model=Report, summary="For managers")
@router.get("/leads/{lead_id}/relatorio-gerencial", response_model=Report, summary="For managers")
@router.get("/crm/leads/{lead_id}/managerial-report", response_model=Report,
            summary="For managers")  # fmt: skip
@router.get("/crm/leads/{lead_id}/relatorio-gerencial", response_model=Report,
            summary="For managers")  # fmt: skip
async def report(
    lead_id: UUID, services: ServicesDep, _: Viewer, lang: LanguageQuery = None
) -> JsonResponse:
    """Sum up a lead: where it stands, why, what is at risk, and what to do."""
    words = catalogue(lang or services.settings.language)
    texts = words.words["report"]
    live = await services.scores.live(lead_id)
    read, _card = await services.scores.read(lead_id)
    lead, scored = live.lead, read.scored
    engagement = await services.database.fetchrow("engagement", lead_id)
    segment = (lead["segmento_interesse"], lead["uf"])
    partners = await services.database.fetchrow("partners_of_segment", *segment)
    qualification_gate = gate(confirmations_of(read.lead.state))
    missing = ", ".join(
        words.words["signal"][signal] for signal in qualification_gate["missing_signals"]
    )
    quiet = _days_since(engagement["last_at"] if engagement else None)
    risks, advice = _risks(
        words, live, qualification_gate, quiet, partners["in_segment"] if partners else 0
    )
    return JsonResponse(
        {
            "ok": True,
            "report": {
                "lead_snapshot": lead,
                "executive_summary": texts["summary"].format(
                    name=lead["nome"],
                    segment=lead["segmento_interesse"],
                    state=lead["uf"] or "—",
                    score=scored.score,
                    status=words.words["status"].get(live.status, live.status),
                ),
                "routing": {
                    "status": live.status,
                    "next_best_action": words.action(scored.action),
                    "channel": scored.action.channel,
                },
                "qualification_intelligence": {
                    "score": scored.score,
                    "probability_qualified": scored.propensity,
                    "motivos": orjson.loads(Writeback(words, services.settings.zone).reasons(read)),
                    "qualification_gate": qualification_gate,
                    "summary": texts["gate_closed"].format(missing=missing)
                    if missing
                    else texts["gate_open"],
                },
                "engagement": {**dict(engagement or {}), "days_since_last_event": quiet},
                "crm_context": {
                    name: lead.get(name)
                    for name in (
                        "crm_stage",
                        "next_action_text",
                        "next_action_date",
                        "next_action_time",
                    )
                },
                "partner_matching": {
                    "total_in_segment": partners["in_segment"] if partners else 0,
                    "total_in_state": partners["in_state"] if partners else 0,
                    "top": await services.matching.of(lead_id, TOP_PARTNERS, words),
                },
                "managerial_risks": risks,
                "managerial_recommendations": advice,
                "governance": {
                    "model_name": live.model_name,
                    "scored_at": live.scored_at,
                    "note": texts["governance"],
                },
            },
        }
    )


def _days_since(last: datetime | None) -> int | None:
    return None if last is None else max((datetime.now(UTC) - last).days, 0)


def _risks(
    words: Catalogue,
    live: LiveScore,
    qualification_gate: dict[str, Any],
    quiet: int | None,
    partners: int,
) -> tuple[list[str], list[str]]:
    """Return what is at risk with a lead, and what to do about each, in the same order."""
    lead, sent = live.lead, live.status == Status.SENT
    hot = (live.score or 0) >= HOT and not sent
    checks = [
        (quiet is not None and quiet >= QUIET_DAYS and not sent, "quiet"),
        (not (lead.get("whatsapp") or lead.get("email")), "no_contact"),
        (hot and not qualification_gate["open"], "gate"),
        (not partners, "no_partner"),
        (not lead.get("next_action_text"), "no_action"),
    ]
    codes = [code for at_risk, code in checks if at_risk]
    risks = [words.words["risk"][code].format(days=quiet) for code in codes]
    advised = ["handoff", *codes] if live.status == Status.QUALIFIED else codes
    return risks, [words.words["advice"][code] for code in advised]
