"""The managerial report, as it is answered."""

from typing import Any

from pydantic import Field

from api.schemas.base import Ok, Probability, ResponseBody, ScorePoints, StatusName, Timestamp
from api.schemas.leads import Lead
from api.schemas.matches import Match
from api.schemas.rules import Gate
from api.schemas.scores import Reasons


class Snapshot(Lead):
    """A lead, with its segment and stage under the names of the report."""

    segmento: str = Field(examples=["CAVALOS"])
    stage: str | None = Field(examples=["INBOX"])


class Summary(ResponseBody):
    """Where a lead goes, and why."""

    headline: str = Field(
        examples=["Helena Prado Neves (CAVALOS, MG) tem nota 58 e está em AQUECENDO."]
    )
    sent_to: str = Field(examples=["Cavalos"])
    sent_to_code: str = Field(examples=["CAVALOS"])
    decision_mode: str = Field(
        examples=["model"], description="`person` where one set the stage, `model` or `rules`."
    )
    confidence_pct: int | None = Field(examples=[31])
    why_sent: list[str] = Field(examples=[["Interesse declarado: Cavalos"]])


class Sector(ResponseBody):
    """Who looks after a segment."""

    key: str = Field(examples=["cavalos"])
    code: str = Field(examples=["CAVALOS"])
    name: str = Field(examples=["Cavalos"])
    owner: str = Field(examples=["Equipe de Cavalos"])


class HandoffEvent(ResponseBody):
    """When and how a lead was passed on."""

    at: Timestamp
    channel: str | None = Field(examples=["whatsapp"])
    mapped_sector: Sector


class Routing(ResponseBody):
    """Where a lead goes next."""

    status: StatusName
    current_stage: str | None = Field(examples=["INBOX"])
    next_best_action: str = Field(
        examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"]
    )
    channel: str = Field(examples=["whatsapp"])
    primary_sector: Sector
    secondary_sectors: list[Sector] = Field(description="Of partners that suit beside it.")
    destination_reasoning: list[str] = Field(examples=[["Interesse declarado: Cavalos"]])
    handoff_event: HandoffEvent | None


class Qualification(ResponseBody):
    """How near a lead is to being qualified."""

    score: ScorePoints | None
    probability_qualified: Probability | None
    probability_qualified_text: str = Field(examples=["31 % de chance de qualificar"])
    score_engine: str | None = Field(examples=["galope"])
    score_model_name: str | None = Field(examples=["galope qualify v3"])
    scored_at: Timestamp | None
    score_reasons: Reasons
    qualification_gate: Gate
    summary: str = Field(examples=["Falta confirmar: prazo, necessidade."])


class TimelineEntry(ResponseBody):
    """An event."""

    event_type: str = Field(examples=["cta_click"])
    metadata: Any = Field(default=None, examples=[{"page": "/haras"}])
    at: Timestamp


class Engagement(ResponseBody):
    """How a lead has behaved."""

    total_events: int = Field(examples=[6])
    event_breakdown: dict[str, int] = Field(examples=[{"page_view": 4, "cta_click": 2}])
    first_event_at: Timestamp | None
    latest_event_at: Timestamp | None
    events_last_7_days: int = Field(examples=[2])
    days_since_last_event: int | None = Field(examples=[1])
    timeline: list[TimelineEntry] = Field(
        description="Since the lead came into its stage, the newest first."
    )


class ReportNote(ResponseBody):
    """A note."""

    id: str = Field(examples=["17"])
    type: str | None = Field(examples=["NOTE"])
    text: str | None = Field(examples=["Prefere falar à tarde"])
    action_date: str | None = Field(examples=["2026-05-05"])
    action_time: str | None = Field(examples=["09:00"])
    created_at: Timestamp | None


class PlannedAction(ResponseBody):
    """What is to be done next, and when."""

    text: str | None = Field(examples=["Ligar para confirmar"])
    date: str | None = Field(examples=["2026-05-05"])
    time: str | None = Field(examples=["09:00"])
    at: Timestamp | None


class CrmContext(ResponseBody):
    """What the team has written and planned."""

    notes_count: int = Field(examples=[2])
    latest_notes: list[ReportNote]
    next_action: PlannedAction


class PartnerMatches(ResponseBody):
    """Who could serve a lead."""

    total_considered: int = Field(examples=[240], description="Partners of the segment.")
    total_in_state: int = Field(examples=[35])
    top_matches: list[Match]
    recommendation: str = Field(
        examples=["Falar primeiro com Haras Boa Vista (compatibilidade 55)"]
    )


class Recommendation(ResponseBody):
    """What to do, until when, and who."""

    horizon: str = Field(examples=["hoje"])
    owner: str = Field(examples=["Comercial"])
    action: str = Field(examples=["Definir a próxima ação com data"])


class Governance(ResponseBody):
    """What a score rests on."""

    data_sources: list[str] = Field(examples=[["leads", "events", "lead_notes", "partners"]])
    generated_by: str = Field(examples=["galope qualify v3"])
    note: str = Field(examples=["A nota é explicável e pode ser revista por uma pessoa."])


class ManagerialReport(ResponseBody):
    """What there is to decide of a lead."""

    report_id: str = Field(examples=["7c0f5c1e-1777852800"])
    generated_at: Timestamp
    lead_snapshot: Snapshot
    executive_summary: Summary
    routing: Routing
    qualification_intelligence: Qualification
    engagement: Engagement
    crm_context: CrmContext
    partner_matching: PartnerMatches
    managerial_risks: list[str] = Field(examples=[["Sem próxima ação definida"]])
    managerial_recommendations: list[Recommendation]
    governance: Governance


class Report(ResponseBody):
    """A lead for whoever decides."""

    ok: Ok
    report: ManagerialReport
