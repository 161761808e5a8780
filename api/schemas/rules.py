"""The team's rules, as they are sent and answered."""

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field

from api.schemas.base import JsonObject, LeadId, Line, NonEmptyLine, RequestBody, ResponseBody
from api.schemas.board import Moved
from api.schemas.events import EventId


def _code(text: str) -> str:
    return text.lower().replace("-", "_").replace(" ", "_")


RuleCode = Annotated[NonEmptyLine, AfterValidator(_code)]
"""A rule's code, in capitals or not, with dashes or underscores."""


class Rule(ResponseBody):
    """What an event is worth by the team's own rules."""

    code: str = Field(examples=["budget_confirmed"])
    label: str = Field(examples=["Orçamento confirmado"])
    event_type: str = Field(examples=["budget_confirmed"])
    delta: int = Field(examples=[15])
    direction: str = Field(examples=["up"])
    signal_patch: dict[str, bool] = Field(examples=[{"budget_confirmed": True}])


class Rules(ResponseBody):
    """The team's rules."""

    items: list[Rule]


class ApplyRule(RequestBody):
    """A rule to apply: its event is recorded."""

    lead_id: LeadId | None = Field(default=None, description="Where the path names no lead.")
    rule_code: RuleCode = Field(
        validation_alias=AliasChoices("rule_code", "rule", "code", "event_type"),
        examples=["budget_confirmed"],
    )
    metadata: JsonObject | None = None
    source: Line | None = Field(default=None, examples=["ligação"])


class Gate(ResponseBody):
    """Whether a lead may count as qualified."""

    open: bool = Field(examples=[False])
    missing_signals: list[str] = Field(examples=[["timeline_confirmed", "need_confirmed"]])


class Applied(Moved):
    """What a rule did."""

    rule: Rule
    event_id: EventId
    qualification_gate: Gate
