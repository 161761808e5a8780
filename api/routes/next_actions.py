"""What is to be done with a lead: its next action, and the notes people write."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Query
from pydantic import AliasChoices, Field

from api.access import Actor, Operator, Viewer
from api.dependencies import Galope, Parts
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import Answered, ChangedLead, Done, LeadId, Line, Moment, Said, Sent
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from postgres.connect import Connection

router = APIRouter(tags=["crm"])

NOTED_ACTION = "NEXT_ACTION|"
"""How a note begins that is also the next action: date, time and text follow."""


class NewNote(Sent):
    """A note; ``NEXT_ACTION|date|time|text`` also sets the next action."""

    note: Said = Field(min_length=1, max_length=10_000, examples=["Prefere falar à tarde"])


class Note(Answered):
    """A note."""

    id: int = Field(examples=[17])
    type: str | None = Field(examples=["NEXT_ACTION"])
    text: str | None = Field(examples=["Ligar para confirmar"])
    date: str | None = Field(examples=["2026-05-05"])
    hour: str | None = Field(examples=["09:00"])
    created_at: Moment | None


class Notes(Answered):
    """A lead's notes."""

    notes: list[Note]


class NextAction(Answered):
    """What is to be done next, and when."""

    text: str | None = Field(examples=["Ligar para confirmar"])
    date: str | None = Field(examples=["2026-05-05"])
    time: str | None = Field(examples=["09:00"])


class NextActionChange(Sent):
    """A next action; dates are ``YYYY-MM-DD`` or ``DD/MM/YYYY``, times ``HH:MM``."""

    lead_id: LeadId | None = Field(default=None, description="Where the path names no lead.")
    next_action_text: Said | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "next_action_text", "texto", "text", "proxima_acao", "next_action"
        ),
        max_length=2000,
        examples=["Ligar para confirmar"],
    )
    next_action_date: Line | None = Field(
        default=None,
        validation_alias=AliasChoices("next_action_date", "data", "date"),
        examples=["2026-05-05"],
    )
    next_action_time: Line | None = Field(
        default=None,
        validation_alias=AliasChoices("next_action_time", "hora", "time"),
        examples=["09:00"],
    )


class LeadNextAction(ChangedLead):
    """A lead with its next action, under both names."""

    next_action: NextAction
    proxima_acao: NextAction


def day(text: str | None) -> date | None:
    """Return a day written ``YYYY-MM-DD`` or ``DD/MM/YYYY``; None for none.

    Examples
    --------
    >>> day("05/05/2026") == day("2026-05-05") == date(2026, 5, 5)
    True
    """
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is taken
        except ValueError:
            continue
    raise ApiError(400, Text.BAD_DATE)


def hour(text: str | None) -> time | None:
    """Return a time written ``HH:MM``, seconds allowed; None for none."""
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise ApiError(400, Text.BAD_TIME) from error


def _answer(row: asyncpg.Record) -> Json:
    action = {name: row[name] for name in ("text", "date", "time")}
    lead = orjson.loads(row["lead"])
    return Json({"ok": True, "lead": lead, "next_action": action, "proxima_acao": action})


async def _set(
    connection: Connection,
    galope: Parts,
    who: Actor,
    lead_id: UUID,
    action: tuple[str | None, date | None, time | None],
) -> asyncpg.Record:
    """Set or clear a lead's next action, and record which it was."""
    zone = galope.settings.timezone
    row = await connection.fetchrow(STATEMENTS["set_next_action"], lead_id, *action, zone)
    if row is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    kind = "next_action_saved" if action[0] else "next_action_cleared"
    event = orjson.dumps({name: row[name] for name in ("text", "date", "time")}).decode()
    await connection.execute(STATEMENTS["add_event"], lead_id, kind, event)
    await audit.record(connection, who, kind.replace("_", " "), lead_id)
    return row


async def read(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Return a lead's next action."""
    row = await galope.database.fetchrow("next_action", lead_id)
    if row is None:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return _answer(row)


async def save(lead_id: UUID, body: NextActionChange, galope: Galope, who: Operator) -> Json:
    """Save a lead's next action; an empty one clears it. What is not sent stays."""
    sent: dict[str, Any] = {}
    if "next_action_text" in body.model_fields_set:
        sent["text"] = (body.next_action_text or "").strip() or None
    if "next_action_date" in body.model_fields_set:
        sent["date"] = day(body.next_action_date)
    if "next_action_time" in body.model_fields_set:
        sent["time"] = hour(body.next_action_time)
    async with galope.database.transaction() as connection:
        row = await connection.fetchrow(STATEMENTS["next_action"], lead_id)
        if row is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        kept = {"text": row["text"], "date": day(row["date"]), "time": hour(row["time"])}
        action = kept | sent
        if not any(sent.values()):
            action = dict.fromkeys(action)
        if action["time"] and not action["date"]:
            raise ApiError(400, Text.TIME_WITHOUT_DATE)
        if not action["text"] and (action["date"] or action["time"]):
            raise ApiError(400, Text.TEXT_REQUIRED)
        chosen = (action["text"], action["date"], action["time"])
        return _answer(await _set(connection, galope, who, lead_id, chosen))


async def clear(lead_id: UUID, galope: Galope, who: Operator) -> Json:
    """Clear a lead's next action."""
    async with galope.database.transaction() as connection:
        return _answer(await _set(connection, galope, who, lead_id, (None, None, None)))


async def read_by_id(lead_id: Annotated[UUID, Query()], galope: Galope, who: Viewer) -> Json:
    """Return a lead's next action."""
    return await read(lead_id, galope, who)


async def save_by_id(body: NextActionChange, galope: Galope, who: Operator) -> Json:
    """Save the next action of the lead named in the body; an empty one clears it."""
    if body.lead_id is None:
        raise ApiError(400, Text.LEAD_ID_REQUIRED)
    return await save(body.lead_id, body, galope, who)


async def clear_by_id(
    galope: Galope,
    who: Operator,
    lead_id: Annotated[UUID | None, Query()] = None,
    body: NextActionChange | None = None,
) -> Json:
    """Clear the next action of the lead named in the query or in the body."""
    chosen = body.lead_id if lead_id is None and body is not None else lead_id
    if chosen is None:
        raise ApiError(400, Text.LEAD_ID_REQUIRED)
    return await clear(chosen, galope, who)


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


@router.post("/leads/{lead_id}/notes", response_model=Done, summary="Add a note",
             openapi_extra=requires(Text.NOTE_REQUIRED))  # fmt: skip
@router.post("/crm/leads/{lead_id}/notes", response_model=Done, summary="Add a note",
             openapi_extra=requires(Text.NOTE_REQUIRED))  # fmt: skip
async def add_note(lead_id: UUID, body: NewNote, galope: Galope, who: Operator) -> Json:
    """Add a note to a lead; ``NEXT_ACTION|date|time|text`` also sets its next action."""
    async with galope.database.transaction() as connection:
        kind, text, on, at = "NOTE", body.note.strip(), None, None
        if not text:
            raise ApiError(400, Text.NOTE_REQUIRED)
        if text.startswith(NOTED_ACTION):
            kind = "NEXT_ACTION"
            _, written_day, written_hour, text = (*text.split("|", 3), "", "", "")[:4]
            on, at, text = day(written_day.strip()), hour(written_hour.strip()), text.strip()
            if at and not on:
                raise ApiError(400, Text.TIME_WITHOUT_DATE)
            if not text:
                raise ApiError(400, Text.TEXT_REQUIRED)
            await _set(connection, galope, who, lead_id, (text, on, at))
        await connection.execute(STATEMENTS["add_note"], lead_id, kind, text, on, at)
        await audit.record(connection, who, "note added", lead_id)
    return Json({"ok": True})


@router.get("/leads/{lead_id}/notes", response_model=Notes, summary="A lead's notes")
@router.get("/crm/leads/{lead_id}/notes", response_model=Notes, summary="A lead's notes")
async def notes(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Return a lead's notes, the newest first."""
    if not await galope.database.fetchval("lead_exists", lead_id):
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    return Json(f'{{"notes": {await galope.database.fetchval("notes", lead_id)}}}')
