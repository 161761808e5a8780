"""The shapes on the wire, with the names they have there."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)

LEAD: dict[str, JsonValue] = {
    "id": "7c0f5c1e-54a1-4c2c-9b57-0c3f8f6f4c11",
    "nome": "Helena Prado Neves",
    "whatsapp": "34999990000",
    "email": "helena@example.com",
    "uf": "MG",
    "cidade": "Uberaba",
    "segmento_interesse": "CAVALOS",
    "orcamento_faixa": "20k-60k",
    "prazo_compra": "30d",
    "score": 58,
    "status": "AQUECENDO",
    "score_motivos": [{"fator": "Clicou no botão de ação", "impacto": 20, "detalhe": "1 vez"}],
    "created_at": "2026-05-04T12:00:00+00:00",
    "updated_at": "2026-05-04T12:00:00+00:00",
    "crm_stage": "INBOX",
    "next_action_text": "Confirmar orçamento, prazo e necessidade por WhatsApp",
    "next_action_date": "2026-05-05",
    "next_action_time": "09:00:00",
    "score_engine": "galope",
    "score_model_name": "galope qualify v3",
    "score_probability": 0.31,
    "score_scored_at": "2026-05-04T12:00:01+00:00",
    "score_meta": {"model_version": 3},
}
"""A lead, for the documentation."""

LEAD_ID = LEAD["id"]


def _storable(text: str) -> str:
    """Refuse what neither UTF-8 nor Postgres can hold."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        message = "NUL and halves of surrogate pairs can't be stored"
        raise ValueError(message)
    return text


def _writable(value: Any) -> Any:
    """Refuse what JSON can't hold, such as half a surrogate pair or a number without bounds."""
    try:
        orjson.dumps(value)
    except TypeError as error:
        message = "not storable as JSON"
        raise ValueError(message) from error
    return value


Facts = Annotated[dict[str, Any], AfterValidator(_writable)]
"""Any JSON object that can be stored."""

Said = Annotated[str, AfterValidator(_storable)]
"""Text that can be stored."""

Line = Annotated[
    Said, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(_storable)
]
"""One line of text."""

Word = Annotated[Line, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
"""One line of text that is not empty."""


class Sent(BaseModel):
    """What a client sends; numbers are taken for text where text is meant."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class Answered(BaseModel):
    """What a client gets; there may be more than is described."""

    model_config = ConfigDict(extra="allow")


class Problem(Answered):
    """Any answer that is not success."""

    error: str = Field(examples=["Lead não encontrado"])


class Reason(Answered):
    """One line of a score's explanation; together they add up to it."""

    fator: str
    impacto: float
    detalhe: str | None = None


class Lead(Answered):
    """A lead, with whatever columns its table has."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": LEAD})

    id: UUID
    nome: str
    segmento_interesse: str
    status: str | None = None
    score: int | None = None
    score_motivos: list[Reason] | None = None
    crm_stage: str | None = None


class Answers(Sent):
    """What a lead may tell of itself, or not."""

    whatsapp: Line | None = None
    email: Line | None = None
    uf: Annotated[Line, StringConstraints(max_length=2, to_upper=True)] | None = None
    cidade: Line | None = None
    orcamento_faixa: Line | None = None
    prazo_compra: Line | None = None


class NewLead(Answers):
    """A lead to capture."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                name: LEAD[name]
                for name in ("nome", "whatsapp", "email", "uf", "cidade", "segmento_interesse")
            }
        }
    )

    nome: Word
    segmento_interesse: Word


class LeadChange(Answers):
    """What to change of a lead; what is not sent stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"cidade": "Uberlândia"}})

    nome: Word | None = None
    segmento_interesse: Word | None = None


class CapturedLead(Lead):
    """A lead as captured, or the one that was captured before."""

    deduplicated: bool
    dedupe_window_minutes: int | None = None


class ChangedLead(Answered):
    """A lead after a change."""

    ok: bool
    lead: Lead


class Ids(Sent):
    """Leads to delete."""

    model_config = ConfigDict(json_schema_extra={"example": {"ids": [LEAD_ID]}})

    ids: Annotated[list[Any], Field(min_length=1, max_length=5000), AfterValidator(_writable)]


class Deleted(Answered):
    """What was deleted."""

    ok: bool
    deleted: int
    deleted_ids: list[UUID]
    message: str


class BulkDeleted(Deleted):
    """What was deleted of what was asked for."""

    requested: int
    not_found_ids: list[UUID]
    invalid_ids: list[Any]


class Total(Answered):
    """A count."""

    total: int


class NewEvent(Sent):
    """Something that happened to a lead. With an ``event_id``, sending it twice stores it once."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "lead_id": LEAD_ID,
                "event_type": "cta_click",
                "metadata": {"page": "/haras"},
            }
        }
    )

    lead_id: UUID
    event_type: Annotated[Word, StringConstraints(max_length=100)]
    metadata: Facts | None = None
    event_id: UUID | None = None
    ts: datetime | None = Field(default=None, description="When it happened; by default, now.")


class Event(Answered):
    """An event as it is stored."""

    id: UUID
    lead_id: UUID
    event_type: str
    ts: datetime
    metadata: dict[str, Any] | None = None


class ScoreMeta(Answered):
    """What gave a score."""

    engine: str | None
    model_name: str | None
    probability_qualified: float | None


class Diagnostics(ScoreMeta):
    """What gave a score, and when."""

    scored_at: datetime | None
    meta: dict[str, Any]


class Score(Answered):
    """A lead's live score, its reasons, and where it comes from."""

    score: int | None
    status: str
    motivos: list[Reason]
    meta: ScoreMeta
    diagnostics: Diagnostics


class LeadDiagnostics(Answered):
    """Where a lead's stored score comes from."""

    lead_id: UUID
    score: int | None
    status: str
    diagnostics: Diagnostics


class Health(Answered):
    """Whether the API can answer."""

    status: str = Field(examples=["UP"])
    features: dict[str, bool] | None = None


class Done(Answered):
    """That it was done."""

    ok: bool


class Card(Lead):
    """A lead on the board; ``crm_stage`` is the column it stands in."""


class Board(Answered):
    """A page of the board."""

    items: list[Card]


class Move(Sent):
    """Where to put a card."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "lead_id": LEAD_ID,
                "stage": "QUALIFICADO",
                "expected_stage": "AQUECENDO",
            }
        }
    )

    lead_id: UUID
    stage: Word
    expected_stage: Word | None = Field(
        default=None, description="Where the card was seen; if it is elsewhere, nothing changes."
    )


class Transition(Answered):
    """What a change did to a lead's place and score."""

    from_stage: str
    to_stage: str
    from_status: str | None
    to_status: str | None
    from_score: int | None
    to_score: int | None


class Moved(ChangedLead):
    """A lead that was moved."""

    transition: Transition


class Rule(Answered):
    """What an event is worth by the team's own rules."""

    code: str
    label: str
    event_type: str
    delta: int
    direction: str = Field(examples=["up"])
    signal_patch: dict[str, bool]


class Rules(Answered):
    """The team's rules."""

    items: list[Rule]


class ApplyRule(Sent):
    """A rule to apply: its event is recorded."""

    model_config = ConfigDict(json_schema_extra={"example": {"rule_code": "budget_confirmed"}})

    rule_code: Word
    metadata: Facts | None = None
    source: Line | None = None


class Gate(Answered):
    """Whether a lead may count as qualified."""

    open: bool
    missing_signals: list[str]


class Applied(Moved):
    """What a rule did."""

    rule: Rule
    qualification_gate: Gate


class Handoff(Sent):
    """A lead to pass on."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"lead_id": LEAD_ID, "channel": "whatsapp"}}
    )

    lead_id: UUID
    channel: Line | None = None


class NewNote(Sent):
    """A note; ``NEXT_ACTION|date|time|text`` also sets the next action."""

    model_config = ConfigDict(json_schema_extra={"example": {"note": "Prefere falar à tarde"}})

    note: Annotated[Said, StringConstraints(min_length=1, max_length=10_000)]


class Note(Answered):
    """A note."""

    id: int
    type: str | None
    text: str | None
    date: str | None
    hour: str | None
    created_at: datetime | None


class Notes(Answered):
    """A lead's notes."""

    notes: list[Note]


class NextAction(Answered):
    """What is to be done next, and when."""

    text: str | None
    date: str | None = Field(examples=["2026-05-05"])
    time: str | None = Field(examples=["09:00"])


class NextActionChange(Sent):
    """A next action; dates are ``YYYY-MM-DD`` or ``DD/MM/YYYY``, times ``HH:MM``."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "next_action_text": "Ligar para confirmar",
                "next_action_date": "2026-05-05",
                "next_action_time": "09:00",
            }
        }
    )

    lead_id: UUID | None = Field(default=None, description="Where the path names no lead.")
    next_action_text: Said | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "next_action_text", "texto", "text", "proxima_acao", "next_action"
        ),
        max_length=2000,
    )
    next_action_date: Line | None = Field(
        default=None, validation_alias=AliasChoices("next_action_date", "data", "date")
    )
    next_action_time: Line | None = Field(
        default=None, validation_alias=AliasChoices("next_action_time", "hora", "time")
    )


class LeadNextAction(ChangedLead):
    """A lead with its next action, under both names."""

    next_action: NextAction
    proxima_acao: NextAction


class Partner(Answered):
    """A partner, with whatever columns its table has."""

    id: UUID
    cnpj: str
    razao_social: str | None = None
    nome_fantasia: str | None = None
    uf: str
    segmento: str | None = None
    prioridade: int | None = None


class SegmentTotal(Answered):
    """How many partners a segment has."""

    segmento: str | None
    total: int


class Change(Answered):
    """What a rescore changed in one reason."""

    fator: str
    before: int
    after: int


class Rescored(Answered):
    """One rescore."""

    id: int
    scored_at: datetime
    cause: str = Field(examples=["cta_click"])
    cause_text: str = Field(examples=["Clicou no botão de ação"])
    score_before: int | None
    score_after: int
    status: str
    probability: float
    model_version: int
    changes: list[Change]


class History(Answered):
    """A lead's rescores, the newest first."""

    lead_id: UUID
    items: list[Rescored]
    next_before: int | None = Field(description="Ask with ``before`` for the page after this.")


class Explanation(Answered):
    """A score in words, with the data behind it."""

    lead_id: UUID
    score: int | None
    status: str
    text: list[str]
    motivos: list[Reason]
    data_used: dict[str, Any]
    model: dict[str, Any]
    probability_qualified: float | None
    scored_at: datetime | None


class TriedEvent(Sent):
    """An event to try."""

    event_type: Annotated[Word, StringConstraints(max_length=100)]
    metadata: Facts | None = None


class WhatIf(Sent):
    """What to try on a lead."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "events": [{"event_type": "whatsapp_reply"}],
                "profile": {"orcamento_faixa": "60k+"},
            }
        }
    )

    events: Annotated[list[TriedEvent], Field(max_length=1000)] = []
    profile: Facts = {}


class TrialScore(Answered):
    """A score, before or after what was tried."""

    score: int
    status: str
    motivos: list[Reason]
    probability_qualified: float
    next_action: str


class Trial(Answered):
    """What trying did."""

    lead_id: UUID
    before: TrialScore
    after: TrialScore
    delta: int
    model_version: int


class Report(Answered):
    """A lead for whoever decides."""

    ok: bool
    report: dict[str, Any]


class ModelInfo(Answered):
    """The model that scores; none is available before training."""

    available: bool
    winner: dict[str, Any] | None
    runner_up: dict[str, Any] | None
    fine_tuning: dict[str, Any]
    selection_reasons: list[str]
    report_path: str | None
    report_updated_at: datetime | None


class ModelMetrics(Answered):
    """How a model version does, as last measured."""

    version: int
    head: str
    contender: str
    measured_at: datetime
    metrics: dict[str, Any]


class Retrain(Sent):
    """How to train."""

    expected_leads: Annotated[int, Field(ge=0)] | None = None
    ignore_expected_mismatch: bool = False
    random_state: int | None = None
    min_rows: Annotated[int, Field(ge=1, le=10**9)] = 200
    search_mode: str | None = None


class Retrained(Answered):
    """What training came to."""

    ok: bool
    promoted: bool
    report: dict[str, Any]
    said: str


class AuditFinding(Answered):
    """A fault or a leak in the history, and what to do about it."""

    code: str = Field(examples=["tells_alone"], description="What kind; stable.")
    subject: str = Field(examples=["profile:uf"], description="What it is about.")
    figure: float = Field(description="What was measured.")
    limit: float = Field(description="Where it begins to be a finding.")
    severity: str = Field(examples=["serious"])
    text: str
    remedy: str


class Audited(Answered):
    """What was found in the history."""

    at: datetime
    leads: int
    resolved: int
    converted: int
    serious: int = Field(description="How many findings are serious.")
    findings: list[AuditFinding] = Field(description="The serious ones first.")
    unchecked: list[str] = Field(description="What there is too little for yet.")


class Dedup(Sent):
    """Which duplicates to merge."""

    dry_run: bool = True
    window_minutes: Annotated[int, Field(ge=1, le=525_600)] = 60


class Deduplicated(Answered):
    """What was merged, or would be."""

    ok: bool
    dry_run: bool
    window_minutes: int
    groups: int
    duplicate_rows: int
    deleted_rows: int
    moved: dict[str, int]


class SeedLeads(Sent):
    """How many leads to invent."""

    n: Annotated[int, Field(ge=1, le=100_000)] = 300
    replace: bool = False
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None


class SeedPartners(Sent):
    """How many partners to invent."""

    n: Annotated[int, Field(ge=1, le=100_000)] = 120
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None


class Seeded(Answered):
    """What was invented or removed."""

    ok: bool
    message: str


class Reset(Answered):
    """What was emptied."""

    ok: bool
    deleted: int


class EventBatch(Sent):
    """Events to store together: all of them, or none."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"events": [{"lead_id": LEAD_ID, "event_type": "page_view"}]}}
    )

    events: Annotated[list[NewEvent], Field(min_length=1, max_length=1000)]


class StoredEvents(Answered):
    """Events as they are stored, in the order they were sent."""

    ok: bool
    events: list[Event]


class PersonalData(Answered):
    """All that is held of a lead, by table."""

    lead_id: UUID
    lead: Lead
    tables: dict[str, list[dict[str, Any]]]
