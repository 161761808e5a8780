"""Imports of what happened to leads, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Base64Bytes, Field, StringConstraints

from api.schemas.base import LEAD_ID, Line, Ok, RequestBody, ResponseBody
from api.schemas.events import KIND
from api.schemas.imports import ImportId, RowNumber

EventField = Literal["lead", "whatsapp", "email", "event_type", "ts", "amount"]
"""What a column may say of an event; by the first three its lead is found."""

Kind = Annotated[Line, StringConstraints(max_length=100)]


class EventFile(RequestBody):
    """A file with what happened to leads, and what its columns say."""

    content: Base64Bytes = Field(
        min_length=1,
        examples=["VGVsZWZvbmU7T25kZTtEYXRhCjM0IDk5OTk5LTAwMDA7cHVyY2hhc2U7MDEvMDUvMjAyNgo="],
        description="The file, CSV or XLSX, in base64.",
    )
    mapping: list[EventField | None] | None = Field(
        default=None,
        examples=[["whatsapp", "event_type", "ts"]],
        description="What each column says; by default, what their names suggest.",
    )
    event_type: Kind | None = Field(
        default=None, examples=["purchase"], description="Type of rows that name none."
    )


class NewEventImport(EventFile):
    """A file whose events are to be stored."""

    import_id: ImportId = Field(description="Of the client's choice: sending twice stores once.")


class EventColumn(ResponseBody):
    """A column of the file."""

    name: str = Field(examples=["Telefone"])
    field: EventField | None = Field(examples=["whatsapp"])
    sample: list[str] = Field(examples=[["34 99999-0000"]])


class EventProblem(ResponseBody):
    """What is wrong in a row."""

    field: EventField = Field(examples=["lead"])
    problem: Literal["missing", "invalid", "unknown"] = Field(examples=["unknown"])


class RefusedEvent(ResponseBody):
    """A row that can't be stored."""

    row: RowNumber
    cells: list[str] = Field(examples=[["34 99999-0000", "purchase", "31/02/2026"]])
    problems: list[EventProblem]


class ImportedEvent(ResponseBody):
    """An event as it would be stored."""

    row: RowNumber
    lead_id: UUID = Field(examples=[LEAD_ID])
    lead_name: str = Field(examples=["Ana Prado"])
    event_type: Annotated[str, KIND] = Field(examples=["purchase"])
    ts: datetime = Field(examples=["2026-05-01T00:00:00-03:00"])
    amount: float | None = Field(examples=[1500.5])


class EventImportPreview(ResponseBody):
    """What an import of events would do; nothing is stored."""

    columns: list[EventColumn]
    rows: int = Field(examples=[50])
    ready: int = Field(examples=[47], description="Rows that are neither refused nor there.")
    duplicates: int = Field(examples=[2], description="Rows whose event is there already.")
    sample: list[ImportedEvent]
    refused: list[RefusedEvent]


class EventImportResult(ResponseBody):
    """What an import of events did."""

    ok: Ok
    import_id: ImportId
    added: int = Field(examples=[47])
    skipped: int = Field(examples=[2], description="Events that were there already.")
    header: list[str] = Field(examples=[["Telefone", "O que", "Data"]])
    refused: list[RefusedEvent]
