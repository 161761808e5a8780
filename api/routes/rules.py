"""The team's rules: listed, and applied to a lead by recording their event."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from fastapi import APIRouter

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.rules import Applied, ApplyRule, Rules
from api.services import audit
from api.services.database import STATEMENTS
from api.services.rules import gate, rule_meta, rules_by_code
from api.services.transitions import rescored
from api.texts import Text
from domain.scoring import confirmations_of

router = APIRouter(tags=["crm"])


@router.get("/event-rules", response_model=Rules, summary="The team's rules")
@router.get("/crm/event-rules", response_model=Rules, summary="The team's rules")
async def rules(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return what each event is worth by the team's rules, and which signals it sets."""
    return JsonResponse({"items": list(rules_by_code(await services.policy()).values())})


@router.post("/leads/{lead_id}/apply-rule", response_model=Applied, summary="Apply a rule")
@router.post("/crm/leads/{lead_id}/apply-rule", response_model=Applied, summary="Apply a rule")
async def apply(
    lead_id: UUID, body: ApplyRule, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Record a rule's event and return the lead as it is scored with it."""
    known = rules_by_code(await services.policy())
    rule = known.get(body.rule_code)
    if rule is None:
        raise ApiError(400, Text.UNKNOWN_RULE, allowed_rules=list(known))
    metadata = {**(body.metadata or {}), "rule_code": body.rule_code, "source": body.source}
    async with services.database.transaction() as connection:
        before = await connection.fetchrow(STATEMENTS["place_of"], lead_id)
        if before is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        event = orjson.dumps(metadata).decode()
        event_id = await connection.fetchval(
            STATEMENTS["add_event"], lead_id, rule["event_type"], event
        )
        await audit.record(
            connection, actor, "rule applied", lead_id, rule=body.rule_code, event=event_id
        )
    answer = await rescored(services.scores, services.database, lead_id, before)
    read, _ = await services.scores.read(lead_id)
    signals = confirmations_of(read.lead.state)
    meta = orjson.dumps(rule_meta(rule, signals, body.source, datetime.now(UTC))).decode()
    lead = await services.database.fetchval("add_meta", lead_id, meta)
    if lead:
        answer["lead"] = orjson.loads(lead)
    return JsonResponse(
        {**answer, "rule": rule, "event_id": event_id, "qualification_gate": gate(signals)}
    )


@router.post("/apply-rule", response_model=Applied, summary="Apply a rule",
             responses=refuses(404, Text.LEAD_NOT_FOUND))  # fmt: skip
@router.post("/crm/apply-rule", response_model=Applied, summary="Apply a rule",
             responses=refuses(404, Text.LEAD_NOT_FOUND))  # fmt: skip
async def apply_by_id(body: ApplyRule, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Record a rule's event for the lead named in the body."""
    if body.lead_id is None:
        raise ApiError(400, Text.LEAD_ID_REQUIRED)
    return await apply(body.lead_id, body, services, actor)
