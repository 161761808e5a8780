"""Leads, as they are sent and answered."""

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from api.errors import REFUSED_VALUE
from api.schemas.base import (
    LEAD_ID,
    LeadId,
    Line,
    NonEmptyLine,
    Ok,
    Probability,
    RequestBody,
    ResponseBody,
    ScorePoints,
    StatusName,
    StorableJson,
    Timestamp,
)
from api.schemas.scores import Reasons
from api.texts import Text


class Lead(ResponseBody):
    """A lead, with whatever columns its table has."""

    id: LeadId
    nome: str = Field(examples=["Helena Prado Neves"])
    whatsapp: str | None = Field(default=None, examples=["34999990000"])
    email: str | None = Field(default=None, examples=["helena@example.com"])
    uf: str | None = Field(default=None, examples=["MG"])
    cidade: str | None = Field(default=None, examples=["Uberaba"])
    segmento_interesse: str = Field(examples=["CAVALOS"])
    orcamento_faixa: str | None = Field(default=None, examples=["20k-60k"])
    prazo_compra: str | None = Field(default=None, examples=["30d"])
    score: ScorePoints | None = None
    status: StatusName | None = None
    score_motivos: Reasons | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    crm_stage: str | None = Field(default=None, examples=["INBOX"])
    next_action_text: str | None = Field(
        default=None, examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"]
    )
    next_action_date: str | None = Field(default=None, examples=["2026-05-05"])
    next_action_time: str | None = Field(default=None, examples=["09:00"])
    score_engine: str | None = Field(default=None, examples=["galope"])
    score_model_name: str | None = Field(default=None, examples=["galope qualify v3"])
    score_probability: Probability | None = None
    score_scored_at: Timestamp | None = None
    score_meta: dict[str, Any] | None = Field(default=None, examples=[{"model_version": 3}])
    lead_group: int | None = Field(
        default=None, examples=[3], description="The group it is in, by its number."
    )


class ChangedLead(ResponseBody):
    """A lead after a change."""

    ok: Ok
    lead: Lead


def _state(text: str | None) -> str | None:
    """Return a state's two letters; what is no state's is left out, not cut to two letters."""
    return None if text is None or len(text) > STATE_LETTERS else text


STATE_LETTERS = 2

DIGITS = range(8, 16)
"""Digits of a telephone, without and with its country's."""


def _phone(text: str) -> str:
    """Refuse what is plainly no telephone; how it is written is free."""
    digits = sum(letter.isdigit() for letter in text)
    if text and (digits not in DIGITS or any(letter.isalpha() for letter in text)):
        raise PydanticCustomError(REFUSED_VALUE, Text.BAD_PHONE)
    return text


def _email(text: str) -> str:
    """Refuse what is plainly no e-mail address."""
    if text and not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text):
        raise PydanticCustomError(REFUSED_VALUE, Text.BAD_EMAIL)
    return text


Phone = Annotated[Line, AfterValidator(_phone)]
Email = Annotated[Line, AfterValidator(_email)]

State = Annotated[Line, StringConstraints(to_upper=True), AfterValidator(_state)]
"""A state of Brazil, as two letters."""


class LeadAnswers(RequestBody):
    """What a lead may tell of itself, or not."""

    whatsapp: Phone | None = Field(default=None, examples=["34999990000"])
    email: Email | None = Field(default=None, examples=["helena@example.com"])
    uf: State | None = Field(default=None, examples=["MG"])
    cidade: Line | None = Field(default=None, examples=["Uberaba"])
    orcamento_faixa: Line | None = Field(
        default=None,
        validation_alias=AliasChoices("orcamento_faixa", "orcamento"),
        examples=["20k-60k"],
    )
    prazo_compra: Line | None = Field(
        default=None, validation_alias=AliasChoices("prazo_compra", "prazo"), examples=["30d"]
    )


class NewLead(LeadAnswers):
    """A lead to capture."""

    nome: NonEmptyLine = Field(examples=["Helena Prado Neves"])
    segmento_interesse: NonEmptyLine = Field(
        validation_alias=AliasChoices("segmento_interesse", "segmento"), examples=["CAVALOS"]
    )


class LeadChange(LeadAnswers):
    """What to change of a lead; what is not sent stays."""

    nome: NonEmptyLine | None = None
    segmento_interesse: NonEmptyLine | None = Field(
        default=None, validation_alias=AliasChoices("segmento_interesse", "segmento")
    )


class CapturedLead(Lead):
    """A lead as captured, or the one that was captured before."""

    deduplicated: bool = Field(examples=[True])
    dedupe_window_minutes: int | None = Field(default=None, examples=[60])


class LeadIds(RequestBody):
    """Leads to delete."""

    ids: Annotated[
        list[Any],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
        Field(
            min_length=1,
            max_length=5000,
            validation_alias=AliasChoices("ids", "lead_ids"),
            examples=[[LEAD_ID]],
        ),
        StorableJson,
    ]


class DeletedLeads(ResponseBody):
    """What was deleted."""

    ok: Ok
    deleted: int = Field(examples=[1])
    deleted_ids: list[UUID] = Field(examples=[[LEAD_ID]])
    message: str = Field(examples=[Text.LEAD_DELETED])


class BulkDeletedLeads(DeletedLeads):
    """What was deleted of what was asked for."""

    message: str = Field(examples=[Text.LEADS_DELETED.format(count=1)])
    requested: int = Field(examples=[3])
    not_found_ids: list[UUID] = Field(examples=[["0d6a6a3a-6c0c-4f0e-9a55-0a5d2a8a7f11"]])
    invalid_ids: list[Any] = Field(examples=[["7"]])
