"""What happened to leads, of a file: read, their leads found, stored and taken back together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from api.errors import ApiError
from api.schemas.event_imports import EventField, EventFile
from api.services.database import STATEMENTS
from api.services.event_store import EventRow, store_events
from api.services.lead_columns import moment, number, plain
from api.services.spreadsheets import Row, read_rows
from api.texts import Text
from domain.catalogue import LANGUAGES, catalogue
from postgres.connect import Connection

NAMES: dict[EventField, tuple[str, ...]] = {
    "lead": ("id", "lead id", "id do lead", "lead"),
    "whatsapp": ("whatsapp", "telefone", "telefono", "celular", "phone", "mobile", "fone", "tel"),
    "email": ("email", "e mail", "correo"),
    "event_type": ("tipo", "type", "evento", "event", "event type", "o que", "o que aconteceu",
                   "acontecimento", "que paso", "what happened"),
    "ts": ("data", "date", "fecha", "quando", "cuando", "when", "data e hora", "ts"),
    "amount": ("valor", "amount", "value", "monto", "preco", "total"),
}  # fmt: skip
"""Headers that name a field, by field."""

BY = ("lead", "whatsapp", "email")
"""By which a row's lead is found, the surest first."""

Found = dict[int, dict[str, Any]]
"""Events by row: `lead_id`, `lead_name`, `event_type`, `ts`, `amount`."""


@dataclass(frozen=True, slots=True)
class EventRows:
    """What a file says.

    Parameters
    ----------
    header
        Names of its columns.
    mapping
        What each column says.
    rows
        Those below the header, by their number.
    said
        By row number, what those say that can be read.
    refused
        The others: each row, its cells, and what is wrong by field.
    """

    header: list[str]
    mapping: list[EventField | None]
    rows: dict[int, Row]
    said: dict[int, dict[str, Any]]
    refused: list[dict[str, Any]]


def proposed(headers: Sequence[str]) -> list[EventField | None]:
    """Return which field each column is, None for none; each field is one column's.

    Examples
    --------
    >>> proposed(["Telefone", "O que aconteceu", "Data", "Telefone", "Obs"])
    ['whatsapp', 'event_type', 'ts', None, None]
    """
    fields: list[EventField | None] = []
    for header in headers:
        named = (field for field, names in NAMES.items() if plain(header) in names)
        field = next(named, None)
        fields.append(None if field in fields else field)
    return fields


@cache
def _types() -> dict[str, str]:
    """Return the known types of events by what they are called, in any language."""
    known: dict[str, str] = {}
    for language in LANGUAGES:
        for code, words in catalogue(language).words["event"].items():
            known |= {plain(words): code, plain(code): code}
    return known


def read_events(body: EventFile, zone: ZoneInfo) -> EventRows:
    """Return what a file says.

    Raises
    ------
    ApiError
        When it can't be read, or the mapping is not one of its columns.
    """
    (_, header), *rows = read_rows(body.content)
    mapping = proposed(header) if body.mapping is None else body.mapping
    if len(mapping) != len(header):
        raise ApiError(400, Text.EVENT_MAPPING_REFUSED)
    file = EventRows(header, mapping, {row.number: row for row in rows}, {}, [])
    for row in rows:
        values, problems = _read(row.cells, mapping, body.event_type, zone)
        if problems:
            refuse(file, row.number, problems)
        else:
            file.said[row.number] = values
    return file


def refuse(file: EventRows, number: int, problems: list[dict[str, str]]) -> None:
    """Note that a row can't be stored, and why."""
    cells = file.rows[number].cells
    file.refused.append({"row": number, "cells": cells, "problems": problems})


def _read(
    cells: Sequence[str], mapping: Sequence[EventField | None], event_type: str | None,
    zone: ZoneInfo,
) -> tuple[dict[str, Any], list[dict[str, str]]]:  # fmt: skip
    """Return what a row says by field, and what is wrong with it."""
    values: dict[str, Any] = {}
    for field, cell in zip(mapping, cells, strict=True):
        text = cell.removeprefix("'").strip()
        if field and text:
            values.setdefault(field, text)
    kind = values.get("event_type", event_type)
    read = {
        "ts": moment(values["ts"], zone) if "ts" in values else None,
        "event_type": kind and _types().get(plain(kind), kind),
        "amount": number(values["amount"].removeprefix("R$").strip()) if "amount" in values else 0,
    }
    problems = [
        {"field": field, "problem": "invalid" if field in values else "missing"}
        for field, value in read.items()
        if value is None or value == ""
    ]
    if not any(field in values for field in BY):
        problems.insert(0, {"field": "lead", "problem": "missing"})
    if "amount" not in values:
        read["amount"] = None
    return values | read, problems


async def found(connection: Connection, file: EventRows) -> tuple[Found, set[int]]:
    """Return a file's events by row, and which are there; those of nobody are refused."""
    said = file.said
    columns = ([values.get(field) for values in said.values()] for field in (*BY, "ts"))
    rows = await connection.fetch(STATEMENTS["leads_meant"], list(said), *columns)
    events: Found = {row["row"]: said[row["row"]] | dict(row) for row in rows}
    for row in said.keys() - events.keys():
        by = next(field for field in BY if field in said[row])
        refuse(file, row, [{"field": by, "problem": "unknown"}])
    file.refused.sort(key=lambda refused: int(refused["row"]))
    fields = ("lead_id", "event_type", "ts", "amount")
    there = await connection.fetchval(
        STATEMENTS["events_there"], list(events),
        *([event[field] for event in events.values()] for field in fields),
    )  # fmt: skip
    seen: set[tuple[Any, ...]] = set()
    again = set(there or ())
    for row, event in events.items():
        same = tuple(event[field] for field in fields)
        if same in seen:
            again.add(row)
        seen.add(same)
    return events, again


def event_id(import_id: UUID, row: int) -> UUID:
    """Return the id of a row's event: from it follows which events an import stored."""
    return uuid5(import_id, str(row))


async def add_events(connection: Connection, import_id: UUID, events: Found) -> int:
    """Store events by row, and return how many were not there yet."""
    rows = [
        EventRow(
            event_id(import_id, row), event["lead_id"], event["event_type"], event["ts"],
            None if event["amount"] is None
            else orjson.dumps({"amount": event["amount"]}).decode(),
        )
        for row, event in events.items()
    ]  # fmt: skip
    if not rows:
        return 0
    known = await connection.fetch(STATEMENTS["events_by_id"], [row.event_id for row in rows])
    answers = await store_events(connection, rows)
    return sum(isinstance(answer, str) for answer in answers) - len(known)


async def remove_events(connection: Connection, import_id: UUID, last_row: int) -> int:
    """Delete the events of an import, and return how many there were."""
    ids = [event_id(import_id, row) for row in range(last_row + 1)]
    removed: int = await connection.fetchval(STATEMENTS["delete_events"], ids)
    return removed
