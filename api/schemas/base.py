"""What the shapes on the wire have in common; those of one call stand beside it.

The documentation shows an example of each. A field of a simple type names its own, and the example
of a model is made of those of its fields.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


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


Writable = AfterValidator(_writable)
"""Of what can be stored as JSON."""

Facts = Annotated[dict[str, Any], Writable]
"""Any JSON object that can be stored."""

Said = Annotated[str, AfterValidator(_storable)]
"""Text that can be stored."""

Line = Annotated[
    Said, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(_storable)
]
"""One line of text."""

Word = Annotated[Line, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
"""One line of text that is not empty."""

LEAD_ID = "7c0f5c1e-54a1-4c2c-9b57-0c3f8f6f4c11"

LeadId = Annotated[UUID, Field(examples=[LEAD_ID])]
Ok = Annotated[bool, Field(examples=[True])]
Moment = Annotated[datetime, Field(examples=["2026-05-04T12:00:01+00:00"])]
Points = Annotated[int, Field(examples=[58])]
Status = Annotated[str, Field(examples=["AQUECENDO"])]
Probability = Annotated[float, Field(examples=[0.31])]
Version = Annotated[int, Field(examples=[3])]


class Shape(BaseModel):
    """What goes over the wire; its schema has an example of it."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with an example: the model's own, or else what its fields show."""
        schema = handler(core_schema)
        said = handler.resolve_ref_schema(schema)
        fields = said.get("properties", {})
        shown = {name: _examples(field, handler) for name, field in fields.items()}
        made = {name: found[0] for name, found in shown.items() if found}
        said.setdefault("examples", [made])
        return schema


def _examples(schema: JsonSchemaValue, handler: GetJsonSchemaHandler) -> list[Any]:
    """Return the examples of a field: its own, or those of what it is made of."""
    if "examples" not in schema:
        schema = handler.resolve_ref_schema(schema)
    if "examples" in schema:
        found: list[Any] = schema["examples"]
        return found
    if "anyOf" in schema:  # of what may be None, which comes last
        return _examples(schema["anyOf"][0], handler)
    items = _examples(schema["items"], handler) if "items" in schema else []
    return [items] if items else []


class Sent(Shape):
    """What a client sends; numbers are taken for text where text is meant."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class Answered(Shape):
    """What a client gets; there may be more than is described."""

    model_config = ConfigDict(extra="allow")


class Problem(Answered):
    """Any answer that is not success."""

    error: str = Field(examples=["Requisição inválida"])


class Reason(Answered):
    """One line of a score's explanation; together they add up to it."""

    fator: str = Field(examples=["Clicou no botão de ação"])
    impacto: float = Field(examples=[20])
    detalhe: str | None = Field(default=None, examples=["1 vez"])


Reasons = Annotated[
    list[Reason],
    Field(
        examples=[
            [
                {"fator": "Completou o questionário", "impacto": 38, "detalhe": "1 vez"},
                {"fator": "Clicou no botão de ação", "impacto": 20, "detalhe": "1 vez"},
            ]
        ]
    ),
]
"""What a score is made of."""


class Lead(Answered):
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
    score: Points | None = None
    status: Status | None = None
    score_motivos: Reasons | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    crm_stage: str | None = Field(default=None, examples=["INBOX"])
    next_action_text: str | None = Field(
        default=None, examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"]
    )
    next_action_date: str | None = Field(default=None, examples=["2026-05-05"])
    next_action_time: str | None = Field(default=None, examples=["09:00:00"])
    score_engine: str | None = Field(default=None, examples=["galope"])
    score_model_name: str | None = Field(default=None, examples=["galope qualify v3"])
    score_probability: Probability | None = None
    score_scored_at: Moment | None = None
    score_meta: dict[str, Any] | None = Field(default=None, examples=[{"model_version": 3}])


class ChangedLead(Answered):
    """A lead after a change."""

    ok: Ok
    lead: Lead


class Total(Answered):
    """A count."""

    total: int = Field(examples=[240])


class Done(Answered):
    """That it was done."""

    ok: Ok


class Transition(Answered):
    """What a change did to a lead's place and score."""

    from_stage: str = Field(examples=["AQUECENDO"])
    to_stage: str = Field(examples=["QUALIFICADO"])
    from_status: str | None = Field(examples=["AQUECENDO"])
    to_status: str | None = Field(examples=["QUALIFICADO"])
    from_score: int | None = Field(examples=[58])
    to_score: int | None = Field(examples=[70])


class Moved(ChangedLead):
    """A lead that was moved."""

    transition: Transition
