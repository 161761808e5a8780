"""The managerial report: one lead for whoever decides, from what is already known."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from fastapi import APIRouter

from api.access import Viewer
from api.dependencies import ServicesDep
from api.responses import JsonResponse
from api.schemas.managerial_report import Report
from api.schemas.parameters import LanguageQuery
from api.services.managerial_report import Facts, report_of
from domain.catalogue import catalogue

router = APIRouter(tags=["crm"])

TOP_PARTNERS = 5


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
    live = await services.scores.live(lead_id)
    rescore, card = await services.scores.read(lead_id)
    row = await services.database.fetchrow("managerial_report", lead_id)
    facts = Facts(
        live=live,
        rescore=rescore,
        card=card,
        row=dict(row or {}),
        events=orjson.loads(row["events"]) if row else {},
        notes=orjson.loads(row["latest_notes"]) if row else [],
        matches=await services.matching.of(lead_id, TOP_PARTNERS, words),
        now=datetime.now(UTC),
        zone=services.settings.zone,
    )
    return JsonResponse({"ok": True, "report": report_of(facts, words)})
