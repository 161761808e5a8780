"""The managerial report: one lead for whoever decides, from what is already known."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter

from api.access import Viewer
from api.answers import Json
from api.models import Report
from api.parts import Galope
from api.rules import gate
from api.scores import Live
from api.texts import Advice
from leads.bands import HOT, Status
from leads.catalogue import catalogue
from leads.scoring import signals_of

router = APIRouter(tags=["crm"])

QUIET_DAYS = 7
"""Days of silence that a manager should hear of."""


@router.get("/leads/{lead_id}/managerial-report", response_model=Report, summary="For managers")
@router.get("/leads/{lead_id}/relatorio-gerencial", response_model=Report, summary="For managers")
@router.get("/crm/leads/{lead_id}/managerial-report", response_model=Report,
            summary="For managers")  # fmt: skip
@router.get("/crm/leads/{lead_id}/relatorio-gerencial", response_model=Report,
            summary="For managers")  # fmt: skip
async def report(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Sum up a lead: where it stands, why, what is at risk, and what to do."""
    live = await galope.scores.live(lead_id)
    read, _card = await galope.scores.read(lead_id)
    lead = live.lead
    engagement = await galope.database.fetchrow("engagement", lead_id)
    segment = (lead["segmento_interesse"], lead["uf"])
    partners = await galope.database.fetchrow("partners_of_segment", *segment)
    doors = gate(signals_of(read.entry.state))
    words = catalogue("pt-BR")
    missing = ", ".join(words.words["signal"][one] for one in doors["missing_signals"])
    quiet = _days_since(engagement["last_at"] if engagement else None)
    risks, advice = _risks(live, doors, quiet, partners["in_segment"] if partners else 0)
    return Json(
        {
            "ok": True,
            "report": {
                "lead_snapshot": lead,
                "executive_summary": Advice.SUMMARY.format(
                    nome=lead["nome"],
                    segmento=lead["segmento_interesse"],
                    uf=lead["uf"] or "—",
                    score=live.score,
                    status=live.status,
                ),
                "routing": {
                    "status": live.status,
                    "next_best_action": words.action(read.scored.action),
                    "channel": read.scored.action.channel,
                },
                "qualification_intelligence": {
                    "score": live.score,
                    "probability_qualified": live.probability,
                    "motivos": live.reasons,
                    "qualification_gate": doors,
                    "summary": Advice.GATE_CLOSED.format(missing=missing)
                    if missing
                    else Advice.GATE_OPEN,
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
                    "top": orjson.loads(partners["top"]) if partners else [],
                },
                "managerial_risks": risks,
                "managerial_recommendations": advice,
                "governance": {
                    "model_name": live.model_name,
                    "scored_at": live.scored_at,
                    "note": Advice.GOVERNANCE,
                },
            },
        }
    )


def _days_since(last: datetime | None) -> int | None:
    return None if last is None else max((datetime.now(UTC) - last).days, 0)


def _risks(
    live: Live, doors: dict[str, Any], quiet: int | None, partners: int
) -> tuple[list[str], list[str]]:
    """Return what is at risk with a lead, and what to do about each, in the same order."""
    lead, sent = live.lead, live.status == Status.SENT
    hot = (live.score or 0) >= HOT and not sent
    found = [
        (quiet is not None and quiet >= QUIET_DAYS and not sent, "QUIET"),
        (not (lead.get("whatsapp") or lead.get("email")), "NO_CONTACT"),
        (hot and not doors["open"], "GATE"),
        (not partners, "NO_PARTNER"),
        (not lead.get("next_action_text"), "NO_ACTION"),
    ]
    codes = [code for at_risk, code in found if at_risk]
    risks = [Advice[f"RISK_{code}"].format(days=quiet) for code in codes]
    advice = [str(Advice[f"DO_{code}"]) for code in codes]
    if live.status == Status.QUALIFIED:
        advice.insert(0, str(Advice.DO_HANDOFF))
    return risks, advice
