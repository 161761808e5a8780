"""The team's rules, as they are sent and answered."""

from pydantic import Field

from api.schemas.base import JsonObject, Line, NonEmptyLine, RequestBody, ResponseBody
from api.schemas.board import Moved
from api.schemas.events import EventId


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

    rule_code: NonEmptyLine = Field(examples=["budget_confirmed"])
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
