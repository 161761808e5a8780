"""What is to be done next with a lead."""

import re
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Query, Request

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.next_actions import (
    WRAPPERS,
    LeadNextAction,
    NextActionChange,
    parse_date,
    parse_time,
)
from api.services.database import STATEMENTS
from api.services.next_actions import refuse_past, set_next_action
from api.texts import Text

router = APIRouter(tags=["crm"])


def _answer(row: asyncpg.Record) -> JsonResponse:
    lead = orjson.loads(row["lead"])
    action = {name: row[name] for name in ("text", "date", "time")}
    actions = {name: action for name in WRAPPERS}  # noqa: C420 - one value under three names
    return JsonResponse({"ok": True, "lead_id": lead["id"], "lead": lead, **actions})


async def read(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return a lead's next action."""
    row = await services.database.fetchrow("next_action", lead_id)
    if row is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return _answer(row)


async def save(
    lead_id: UUID,
    body: NextActionChange,
    request: Request,
    services: ServicesDep,
    actor: Operator,
) -> JsonResponse:
    """Save a lead's next action. What is not sent stays; an empty text clears all of it.

    With ``POST``, a time needs a date beside it; else the one there is will do.
    """
    sent: dict[str, Any] = {}
    if "next_action_text" in body.model_fields_set:
        sent["text"] = (body.next_action_text or "").strip() or None
    if "next_action_date" in body.model_fields_set:
        sent["date"] = parse_date(body.next_action_date)
        refuse_past(sent["date"], services.settings.zone)
    if "next_action_time" in body.model_fields_set:
        sent["time"] = parse_time(body.next_action_time)
    if not sent:
        raise ApiError(400, Text.NEXT_ACTION_REQUIRED)
    if request.method == "POST" and sent.get("time") and not sent.get("date"):
        raise ApiError(400, Text.TIME_WITHOUT_DATE)
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
    body: NextActionChange, request: Request, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Save the next action of the lead named in the body, as where the path names it."""
    if body.lead_id is None:
        raise ApiError(400, Text.LEAD_ID_REQUIRED)
    return await save(body.lead_id, body, request, services, actor)


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
    paths = ["/crm/next-action", "/crm/next_action", "/crm/proxima-acao"]
    paths += [
        f"{root}/{{lead_id}}/{name}"
        for root in ("/leads", "/crm/leads", "/crm/lead")
        for name in ("next-action", "next_action", "proxima-acao")
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
                    operation_id=f"{method.lower()}_{re.sub('[{}/]+', '.', path).strip('.')}",
                    responses=refuses(404, Text.LEAD_NOT_FOUND),
                )  # fmt: skip


_next_action_calls()
