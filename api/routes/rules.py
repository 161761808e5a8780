"""The team's rules: listed, and applied to a lead by recording their event."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic import Field

from api.access import Operator, Viewer
from api.dependencies import Galope
from api.errors import ApiError
from api.responses import Json
from api.routes.events import EventId, moved
from api.schemas.base import Answered, Facts, Line, Moved, Sent, Word
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from domain.bands import Signal
from domain.catalogue import catalogue
from domain.policy import Policy
from domain.rules import EVENT_RULES
from domain.scoring import signals_of

router = APIRouter(tags=["crm"])

FUNNEL = frozenset({"page_view", "hook_complete", "cta_click", "whatsapp_click"})
"""Events that the lead's own clicks record; people apply the others."""


def rules_of(policy: Policy) -> dict[str, dict[str, Any]]:
    """Return the rules by code, as the contract lists them."""
    words = catalogue("pt-BR")
    return {
        kind: {
            "code": kind,
            "label": words.signal(f"event:{kind}"),
            "event_type": kind,
            "delta": points,
            "direction": "up" if points >= 0 else "down",
            "signal_patch": dict.fromkeys(map(str, sorted(EVENT_RULES[kind].confirms)), True)
            | dict.fromkeys(map(str, sorted(EVENT_RULES[kind].withdraws)), False),
        }
        for kind, points in policy.rule_points.items()
        if kind not in FUNNEL
    }


class Rule(Answered):
    """What an event is worth by the team's own rules."""

    code: str = Field(examples=["budget_confirmed"])
    label: str = Field(examples=["Orçamento confirmado"])
    event_type: str = Field(examples=["budget_confirmed"])
    delta: int = Field(examples=[15])
    direction: str = Field(examples=["up"])
    signal_patch: dict[str, bool] = Field(examples=[{"budget_confirmed": True}])


class Rules(Answered):
    """The team's rules."""

    items: list[Rule]


class ApplyRule(Sent):
    """A rule to apply: its event is recorded."""

    rule_code: Word = Field(examples=["budget_confirmed"])
    metadata: Facts | None = None
    source: Line | None = Field(default=None, examples=["ligação"])


class Gate(Answered):
    """Whether a lead may count as qualified."""

    open: bool = Field(examples=[False])
    missing_signals: list[str] = Field(examples=[["timeline_confirmed", "need_confirmed"]])


class Applied(Moved):
    """What a rule did."""

    rule: Rule
    event_id: EventId
    qualification_gate: Gate


@router.get("/event-rules", response_model=Rules, summary="The team's rules")
@router.get("/crm/event-rules", response_model=Rules, summary="The team's rules")
async def rules(galope: Galope, _: Viewer) -> Json:
    """Return what each event is worth by the team's rules, and which signals it sets."""
    return Json({"items": list(rules_of(await galope.policy()).values())})


@router.post("/leads/{lead_id}/apply-rule", response_model=Applied, summary="Apply a rule")
@router.post("/crm/leads/{lead_id}/apply-rule", response_model=Applied, summary="Apply a rule")
async def apply(lead_id: UUID, body: ApplyRule, galope: Galope, who: Operator) -> Json:
    """Record a rule's event and return the lead as it is scored with it."""
    known = rules_of(await galope.policy())
    rule = known.get(body.rule_code)
    if rule is None:
        raise ApiError(400, Text.UNKNOWN_RULE, allowed_rules=list(known))
    metadata = {**(body.metadata or {}), "rule_code": body.rule_code, "source": body.source}
    async with galope.database.transaction() as connection:
        before = await connection.fetchrow(STATEMENTS["place_of"], lead_id)
        if before is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        event = orjson.dumps(metadata).decode()
        event_id = await connection.fetchval(
            STATEMENTS["add_event"], lead_id, rule["event_type"], event
        )
        await audit.record(connection, who, "rule applied", lead_id, rule=body.rule_code)
    answer = await moved(galope, lead_id, before)
    read, _ = await galope.scores.read(lead_id)
    return Json(
        {
            **answer,
            "rule": rule,
            "event_id": event_id,
            "qualification_gate": gate(signals_of(read.lead.state)),
        }
    )


def gate(signals: frozenset[Signal]) -> dict[str, Any]:
    """Return whether the gate to QUALIFICADO is open, and what is missing."""
    missing = [signal for signal in Signal if signal not in signals]
    return {"open": not missing, "missing_signals": missing}
