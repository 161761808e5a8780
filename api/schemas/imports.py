"""Imports of leads, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Base64Bytes, Field

from api.schemas.base import (
    LEAD_ID,
    LeadId,
    Line,
    NonEmptyLine,
    Ok,
    RequestBody,
    ResponseBody,
    Timestamp,
)
from api.schemas.leads import NewLead

LeadField = Literal[
    "nome", "whatsapp", "email", "uf", "cidade", "segmento_interesse", "orcamento_faixa",
    "prazo_compra", "created_at",
]  # fmt: skip
"""What a column may say of a lead."""

FIELDS: tuple[LeadField, ...] = (
    "nome", "whatsapp", "email", "uf", "cidade", "segmento_interesse", "orcamento_faixa",
    "prazo_compra", "created_at",
)  # fmt: skip

ImportId = Annotated[UUID, Field(examples=["5a0e7c0e-3c0f-4f43-9a5e-7a1e1c3f5d10"])]

RowNumber = Annotated[int, Field(examples=[7], description="As the spreadsheet's program counts.")]


class ImportedLead(NewLead):
    """A lead as a row of a file says it."""

    created_at: datetime | None = Field(
        default=None, strict=True, examples=["2026-05-04T12:00:01+00:00"]
    )


class ImportFile(RequestBody):
    """A file with leads, and what its columns say."""

    content: Base64Bytes = Field(
        min_length=1,
        examples=["Tm9tZTtUZWxlZm9uZQpBbmEgUHJhZG87MzQgOTk5OTktMDAwMAo="],
        description="The file, CSV or XLSX, in base64.",
    )
    mapping: list[LeadField | None] | None = Field(
        default=None,
        examples=[["nome", "whatsapp"]],
        description="What each column says; by default, what their names suggest.",
    )
    segmento_interesse: Line | None = Field(
        default=None, examples=["CAVALOS"], description="Segment of rows that name none."
    )


class NewImport(ImportFile):
    """A file whose leads are to be stored."""

    import_id: ImportId = Field(description="Of the client's choice: sending twice stores once.")
    duplicates: Literal["skip", "add"] = Field(
        default="skip", examples=["skip"], description="What becomes of leads that are there."
    )


class ImportColumn(ResponseBody):
    """A column of the file."""

    name: str = Field(examples=["Telefone"])
    field: LeadField | None = Field(examples=["whatsapp"])
    sample: list[str] = Field(examples=[["34 99999-0000"]])


class CellProblem(ResponseBody):
    """What is wrong in a row."""

    field: LeadField = Field(examples=["whatsapp"])
    problem: Literal["missing", "invalid"] = Field(examples=["invalid"])


class RefusedRow(ResponseBody):
    """A row that can't be stored."""

    row: RowNumber
    cells: list[str] = Field(examples=[["Ana Prado", "à noite"]])
    problems: list[CellProblem]


class DuplicateRow(ResponseBody):
    """A row whose lead is there already, or stands earlier in the file."""

    row: RowNumber
    nome: NonEmptyLine = Field(examples=["Ana Prado"])
    by: Literal["phone", "email", "name"] = Field(examples=["phone"])
    lead_id: UUID | None = Field(examples=[LEAD_ID])
    lead_name: str | None = Field(examples=["Ana Prado Neves"])
    same_as_row: int | None = Field(examples=[3])


class ImportPreview(ResponseBody):
    """What an import would do; nothing is stored."""

    columns: list[ImportColumn]
    rows: int = Field(examples=[50])
    ready: int = Field(examples=[47], description="Rows that are neither refused nor duplicates.")
    sample: list[ImportedLead] = Field(description="The first leads, as they would be stored.")
    duplicates: list[DuplicateRow]
    refused: list[RefusedRow]


class ImportResult(ResponseBody):
    """What an import did."""

    ok: Ok
    import_id: ImportId
    added: int = Field(examples=[47])
    skipped: int = Field(examples=[2], description="Duplicates that were left out.")
    header: list[str] = Field(examples=[["Nome", "Telefone"]])
    refused: list[RefusedRow]


class ListedImport(ResponseBody):
    """An import that was made."""

    import_id: ImportId
    at: Timestamp
    actor: str = Field(examples=["local"])
    leads: int = Field(examples=[47])
    events: int = Field(examples=[0], description="For an import of what happened to leads.")
    erased: int | None = Field(
        examples=[46], description="How many undoing it erased; null while it is not undone."
    )


class Imports(ResponseBody):
    """The imports on record, the newest first."""

    items: list[ListedImport]


class KeptLead(ResponseBody):
    """A lead of an import that undoing it left."""

    lead_id: LeadId
    nome: str = Field(examples=["Ana Prado"])
    why: Literal["events", "notes", "changed"] = Field(examples=["events"])


class ImportUndone(ResponseBody):
    """What undoing an import did."""

    ok: Ok
    erased: int = Field(examples=[46])
    kept: list[KeptLead]
