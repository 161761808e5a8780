"""What is to be done with a lead: its next action, and the notes people write."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Query

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.next_actions import LeadNextAction, NextActionChange, parse_date, parse_time
from api.services.database import STATEMENTS
from api.services.next_actions import set_next_action
from api.texts import Text

router = APIRouter(tags=["crm"])


def _answer(row: asyncpg.Record) -> JsonResponse:
    action = {name: row[name] for name in ("text", "date", "time")}
    lead = orjson.loads(row["lead"])
    return JsonResponse({"ok": True, "lead": lead, "next_action": action, "proxima_acao": action})


async def read(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return a lead's next action."""
    row = await services.database.fetchrow("next_action", lead_id)
    if row is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return _answer(row)


async def save(
    lead_id: UUID, body: NextActionChange, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Save a lead's next action; an empty one clears it. What is not sent stays."""
    sent: dict[str, Any] = {}
    if "next_action_text" in body.model_fields_set:
        sent["text"] = (body.next_action_text or "").strip() or None
    if "next_action_date" in body.model_fields_set:
        sent["date"] = parse_date(body.next_action_date)
    if "next_action_time" in body.model_fields_set:
        sent["time"] = parse_time(body.next_action_time)
    async with services.database.transaction() as connection:
        row = await connection.fetchrow(STATEMENTS["next_action"], lead_id)
        if row is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        kept = {
            "text": row["text"],
            "date": parse_date(row["date"]),
            "time": parse_time(row["time"]),
        }
        action = kept | sent
        if not any(sent.values()):
            action = dict.fromkeys(action)
        if action["time"] and not action["date"]:
            raise ApiError(400, Text.TIME_WITHOUT_DATE)
        if not action["text"] and (action["date"] or action["time"]):
            raise ApiError(400, Text.TEXT_REQUIRED)
        chosen = (action["text"], action["date"], action["time"])
        return _answer(
            await set_next_action(connection, services.settings.timezone, actor, lead_id, chosen)
        )


async def clear(lead_id: UUID, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Clear a lead's next action."""
    async with services.database.transaction() as connection:
        return _answer(
            await set_next_action(
                connection, services.settings.timezone, actor, lead_id, (None, None, None)
            )
        )


async def read_by_id(
    lead_id: Annotated[UUID, Query()], services: ServicesDep, actor: Viewer
) -> JsonResponse:
    """Return a lead's next action."""
    return await read(lead_id, services, actor)


async def save_by_id(
    body: NextActionChange, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Save the next action of the lead named in the body; an empty one clears it."""
    if body.lead_id is None:
        raise ApiError(400, Text.LEAD_ID_REQUIRED)
    return await save(body.lead_id, body, services, actor)


async def clear_by_id(
    services: ServicesDep,
    actor: Operator,
    lead_id: Annotated[UUID | None, Query()] = None,
    body: NextActionChange | None = None,
) -> JsonResponse:
    """Clear the next action of the lead named in the query or in the body."""
    chosen = body.lead_id if lead_id is None and body is not None else lead_id
    if chosen is None:
        raise ApiError(400, Text.LEAD_ID_REQUIRED)
    return await clear(chosen, services, actor)


def _next_action_calls() -> None:
    """Give the next action all the addresses it has in the contract."""
    paths = ["/crm/next-action", "/crm/proxima-acao"]
    paths += [
        f"{root}/{{lead_id}}/{name}"
        for root in ("/leads", "/crm/leads", "/crm/lead")
        for name in ("next-action", "proxima-acao")
    ]
    for path in paths:
        by_path = "{lead_id}" in path
        for methods, call, summary in (
            (["GET"], read if by_path else read_by_id, "The next action"),
            (["POST", "PATCH", "PUT"], save if by_path else save_by_id, "Save the next action"),
            (["DELETE"], clear if by_path else clear_by_id, "Clear the next action"),
        ):
            for method in methods:
                router.add_api_route(
                    path, call, methods=[method], response_model=LeadNextAction, summary=summary,
                    responses=refuses(404, Text.LEAD_NOT_FOUND),
                )  # fmt: skip


_next_action_calls()
