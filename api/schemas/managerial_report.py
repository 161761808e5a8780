"""The managerial report, as it is answered."""

from pydantic import Field

from api.schemas.base import Ok, Probability, ResponseBody, ScorePoints, StatusName, Timestamp
from api.schemas.leads import Lead
from api.schemas.matches import Match
from api.schemas.rules import Gate
from api.schemas.scores import Reasons


class Routing(ResponseBody):
    """Where a lead goes next."""

    status: StatusName
    next_best_action: str = Field(
        examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"]
    )
    channel: str = Field(examples=["whatsapp"])


class Qualification(ResponseBody):
    """How near a lead is to being qualified."""

    score: ScorePoints | None
    probability_qualified: Probability | None
    motivos: Reasons
    qualification_gate: Gate
    summary: str = Field(examples=["Falta confirmar: prazo, necessidade."])


class Engagement(ResponseBody):
    """How a lead has behaved."""

    total: int = Field(examples=[6])
    first_at: Timestamp | None
    last_at: Timestamp | None
    last_7_days: int = Field(examples=[2])
    days_since_last_event: int | None = Field(examples=[1])


class CrmContext(ResponseBody):
    """What the team has planned."""

    crm_stage: str | None = Field(examples=["INBOX"])
    next_action_text: str | None = Field(examples=["Ligar para confirmar"])
    next_action_date: str | None = Field(examples=["2026-05-05"])
    next_action_time: str | None = Field(examples=["09:00:00"])


class PartnerMatching(ResponseBody):
    """Who could serve a lead."""

    total_in_segment: int = Field(examples=[240])
    total_in_state: int = Field(examples=[35])
    top: list[Match]


class Governance(ResponseBody):
    """What a score rests on."""

    model_name: str | None = Field(examples=["galope qualify v3"])
    scored_at: Timestamp | None
    note: str = Field(examples=["A nota é explicável e pode ser revista por uma pessoa."])


class ManagerialReport(ResponseBody):
    """What there is to decide of a lead."""

    lead_snapshot: Lead
    executive_summary: str = Field(
        examples=["Helena Prado Neves (CAVALOS, MG) tem nota 58 e está em AQUECENDO."]
    )
    routing: Routing
    qualification_intelligence: Qualification
    engagement: Engagement
    crm_context: CrmContext
    partner_matching: PartnerMatching
    managerial_risks: list[str] = Field(examples=[["Sem próxima ação definida"]])
    managerial_recommendations: list[str] = Field(examples=[["Definir a próxima ação com data"]])
    governance: Governance


class Report(ResponseBody):
    """A lead for whoever decides."""

    ok: Ok
    report: ManagerialReport
