"""The managerial report: one lead for whoever decides, from what is already known."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Viewer
from api.dependencies import Galope
from api.responses import Json
from api.routes.matches import Match
from api.routes.rules import Gate, gate
from api.schemas.base import Answered, Lead, Moment, Ok, Points, Probability, Reasons
from api.schemas.base import Status as StatusText
from api.services.live_scores import Live
from domain.bands import HOT, Status
from domain.catalogue import Catalogue, catalogue
from domain.scoring import signals_of
from stream.writeback import Writeback

router = APIRouter(tags=["crm"])

TOP_PARTNERS = 5

Language = Annotated[
    Literal["pt-BR", "es", "en"] | None,
    Query(alias="lang", description="Of the words; by default, that of the reasons."),
]

QUIET_DAYS = 7
"""Days of silence that a manager should hear of."""


class Routing(Answered):
    """Where a lead goes next."""

    status: StatusText
    next_best_action: str = Field(
        examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"]
    )
    channel: str = Field(examples=["whatsapp"])


class Qualification(Answered):
    """How near a lead is to being qualified."""

    score: Points | None
    probability_qualified: Probability | None
    motivos: Reasons
    qualification_gate: Gate
    summary: str = Field(examples=["Falta confirmar: prazo, necessidade."])


class Engagement(Answered):
    """How a lead has behaved."""

    total: int = Field(examples=[6])
    first_at: Moment | None
    last_at: Moment | None
    last_7_days: int = Field(examples=[2])
    days_since_last_event: int | None = Field(examples=[1])


class Context(Answered):
    """What the team has planned."""

    crm_stage: str | None = Field(examples=["INBOX"])
    next_action_text: str | None = Field(examples=["Ligar para confirmar"])
    next_action_date: str | None = Field(examples=["2026-05-05"])
    next_action_time: str | None = Field(examples=["09:00:00"])


class PartnerMatching(Answered):
    """Who could serve a lead."""

    total_in_segment: int = Field(examples=[240])
    total_in_state: int = Field(examples=[35])
    top: list[Match]


class Governance(Answered):
    """What a score rests on."""

    model_name: str | None = Field(examples=["galope qualify v3"])
    scored_at: Moment | None
    note: str = Field(examples=["A nota é explicável e pode ser revista por uma pessoa."])


class ManagerialReport(Answered):
    """What there is to decide of a lead."""

    lead_snapshot: Lead
    executive_summary: str = Field(
        examples=["Helena Prado Neves (CAVALOS, MG) tem nota 58 e está em AQUECENDO."]
    )
    routing: Routing
    qualification_intelligence: Qualification
    engagement: Engagement
    crm_context: Context
    partner_matching: PartnerMatching
    managerial_risks: list[str] = Field(examples=[["Sem próxima ação definida"]])
    managerial_recommendations: list[str] = Field(examples=[["Definir a próxima ação com data"]])
    governance: Governance


class Report(Answered):
    """A lead for whoever decides."""

    ok: Ok
    report: ManagerialReport


@router.get("/leads/{lead_id}/managerial-report", response_model=Report, summary="For managers")
@router.get("/leads/{lead_id}/relatorio-gerencial", response_model=Report, summary="For managers")
@router.get("/crm/leads/{lead_id}/managerial-report", response_model=Report,
            summary="For managers")  # fmt: skip
@router.get("/crm/leads/{lead_id}/relatorio-gerencial", response_model=Report,
            summary="For managers")  # fmt: skip
async def report(lead_id: UUID, galope: Galope, _: Viewer, lang: Language = None) -> Json:
    """Sum up a lead: where it stands, why, what is at risk, and what to do."""
    words = catalogue(lang or galope.settings.language)
    said = words.words["report"]
    live = await galope.scores.live(lead_id)
    read, _card = await galope.scores.read(lead_id)
    lead, scored = live.lead, read.scored
    engagement = await galope.database.fetchrow("engagement", lead_id)
    segment = (lead["segmento_interesse"], lead["uf"])
    partners = await galope.database.fetchrow("partners_of_segment", *segment)
    doors = gate(signals_of(read.lead.state))
    missing = ", ".join(words.words["signal"][one] for one in doors["missing_signals"])
    quiet = _days_since(engagement["last_at"] if engagement else None)
    risks, advice = _risks(words, live, doors, quiet, partners["in_segment"] if partners else 0)
    return Json(
        {
            "ok": True,
            "report": {
                "lead_snapshot": lead,
                "executive_summary": said["summary"].format(
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
                    "motivos": orjson.loads(Writeback(words, galope.settings.zone).reasons(read)),
                    "qualification_gate": doors,
                    "summary": said["gate_closed"].format(missing=missing)
                    if missing
                    else said["gate_open"],
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
                    "top": await galope.matches.of(lead_id, TOP_PARTNERS, words),
                },
                "managerial_risks": risks,
                "managerial_recommendations": advice,
                "governance": {
                    "model_name": live.model_name,
                    "scored_at": live.scored_at,
                    "note": said["governance"],
                },
            },
        }
    )


def _days_since(last: datetime | None) -> int | None:
    return None if last is None else max((datetime.now(UTC) - last).days, 0)


def _risks(
    words: Catalogue, live: Live, doors: dict[str, Any], quiet: int | None, partners: int
) -> tuple[list[str], list[str]]:
    """Return what is at risk with a lead, and what to do about each, in the same order."""
    lead, sent = live.lead, live.status == Status.SENT
    hot = (live.score or 0) >= HOT and not sent
    found = [
        (quiet is not None and quiet >= QUIET_DAYS and not sent, "quiet"),
        (not (lead.get("whatsapp") or lead.get("email")), "no_contact"),
        (hot and not doors["open"], "gate"),
        (not partners, "no_partner"),
        (not lead.get("next_action_text"), "no_action"),
    ]
    codes = [code for at_risk, code in found if at_risk]
    risks = [words.words["risk"][code].format(days=quiet) for code in codes]
    advised = ["handoff", *codes] if live.status == Status.QUALIFIED else codes
    return risks, [words.words["advice"][code] for code in advised]
