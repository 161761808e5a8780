"""Leads of a file: read, compared with those there are, stored together, taken back together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from api.errors import ApiError
from api.schemas.imports import FIELDS, ImportedLead, ImportFile, LeadField
from api.services.database import STATEMENTS
from api.services.lead_columns import answer, proposed
from api.services.spreadsheets import Row, read_rows
from api.texts import Text
from postgres.connect import Connection


@dataclass(frozen=True, slots=True)
class LeadFile:
    """A file's leads.

    Parameters
    ----------
    header
        Names of its columns.
    mapping
        What each column says.
    rows
        Those below the header.
    leads
        By row number, those that can be stored.
    refused
        The others: each row, its cells, and what is wrong by field.
    """

    header: list[str]
    mapping: list[LeadField | None]
    rows: list[Row]
    leads: dict[int, ImportedLead]
    refused: list[dict[str, Any]]


def read_file(body: ImportFile, zone: ZoneInfo) -> LeadFile:
    """Return what a file says.

    Raises
    ------
    ApiError
        When it can't be read, or the mapping is not one of its columns.
    """
    (_, header), *rows = read_rows(body.content)
    mapping = proposed(header) if body.mapping is None else body.mapping
    if len(mapping) != len(header) or (body.mapping is not None and "nome" not in mapping):
        raise ApiError(400, Text.MAPPING_REFUSED)
    leads: dict[int, ImportedLead] = {}
    refused = []
    for row in rows:
        values = _values(row.cells, mapping, zone)
        values.setdefault("segmento_interesse", body.segmento_interesse or None)
        try:
            leads[row.number] = ImportedLead.model_validate(values)
        except ValidationError as error:
            problems = _problems(error, values)
            refused.append({"row": row.number, "cells": row.cells, "problems": problems})
    return LeadFile(header, mapping, rows, leads, refused)


def _values(
    cells: Sequence[str], mapping: Sequence[LeadField | None], zone: ZoneInfo
) -> dict[str, Any]:
    """Return a row's answers by field; a name in several columns is put together."""
    values: dict[str, Any] = {}
    for field, cell in zip(mapping, cells, strict=True):
        value = answer(field, cell, zone) if field else None
        if field == "nome" and value and field in values:
            values[field] += f" {value}"
        elif field and value is not None:
            values.setdefault(field, value)
    return values


def _problems(error: ValidationError, values: dict[str, Any]) -> list[dict[str, str]]:
    wrong = {problem["loc"][0] for problem in error.errors()}
    return [
        {"field": field, "problem": "invalid" if values.get(field) else "missing"}
        for field in FIELDS
        if field in wrong
    ]


async def duplicate_rows(connection: Connection, file: LeadFile) -> list[dict[str, Any]]:
    """Return the rows whose lead is there already, or stands in an earlier row."""
    leads = file.leads
    found = await connection.fetch(
        STATEMENTS["duplicate_rows"], list(leads), [lead.nome for lead in leads.values()],
        [lead.whatsapp for lead in leads.values()], [lead.email for lead in leads.values()],
    )  # fmt: skip
    return [{**row, "nome": leads[row["row"]].nome} for row in found]


def lead_id(import_id: UUID, row: int) -> UUID:
    """Return the id of a row's lead: from it follows which leads an import stored."""
    return uuid5(import_id, str(row))


async def add_leads(connection: Connection, import_id: UUID, leads: dict[int, ImportedLead]) -> int:
    """Store leads by row, and return how many were not there yet."""
    rows = [
        (
            lead_id(import_id, row), lead.nome, lead.segmento_interesse, lead.uf or None,
            lead.whatsapp, lead.email, lead.cidade, lead.orcamento_faixa, lead.prazo_compra,
            lead.created_at,
        )
        for row, lead in leads.items()
    ]  # fmt: skip
    if not rows:
        return 0
    added: int = await connection.fetchval(STATEMENTS["import_leads"], *zip(*rows, strict=True))
    return added
