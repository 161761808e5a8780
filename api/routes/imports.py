"""Leads from a spreadsheet: looked at first, then stored together, and taken back together."""

import asyncio
from itertools import islice
from uuid import UUID

from fastapi import APIRouter

from api.access import Admin, Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.imports import (
    ImportFile,
    ImportPreview,
    ImportResult,
    Imports,
    ImportUndone,
    NewImport,
)
from api.services import audit
from api.services.database import STATEMENTS
from api.services.event_imports import remove_events
from api.services.imports import add_leads, duplicate_rows, lead_id, read_file
from api.services.spreadsheets import sampled
from api.texts import Text

router = APIRouter(tags=["leads"])

SAMPLE = 5
"""Leads that a preview shows."""

LISTED = 20
"""Imports that are listed."""


@router.post("/imports/preview", response_model=ImportPreview, summary="Look at a file of leads",
             openapi_extra=requires(Text.IMPORT_REQUIRED))  # fmt: skip
async def preview(body: ImportFile, services: ServicesDep, _: Operator) -> JsonResponse:
    """Return what importing a CSV or XLSX would do: columns, duplicates and errors by row.

    Nothing is stored. Without a ``mapping`` one is proposed by the names of the columns.
    """
    file = await asyncio.to_thread(read_file, body, services.settings.zone)
    async with services.database.connection() as connection:
        duplicates = await duplicate_rows(connection, file)
    return JsonResponse(
        {
            "columns": sampled(file.header, file.mapping, file.rows),
            "rows": len(file.rows),
            "ready": len(file.leads) - len(duplicates),
            "sample": [lead.model_dump() for lead in islice(file.leads.values(), SAMPLE)],
            "duplicates": duplicates,
            "refused": file.refused,
        }
    )


@router.post("/imports", status_code=201, response_model=ImportResult, summary="Import leads",
             openapi_extra=requires(Text.IMPORT_REQUIRED))  # fmt: skip
async def add(body: NewImport, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Store the leads of a CSV or XLSX in one transaction, without the rows that are refused.

    Duplicates are left out unless they are asked for. Sent again with the same ``import_id``, what
    was stored is not stored again.
    """
    file = await asyncio.to_thread(read_file, body, services.settings.zone)
    async with services.database.transaction() as connection:
        await connection.execute(STATEMENTS["lock_imports"])
        skipped = {row["row"] for row in await duplicate_rows(connection, file)}
        chosen = file.leads if body.duplicates == "add" else {
            row: lead for row, lead in file.leads.items() if row not in skipped
        }  # fmt: skip
        added = await add_leads(connection, body.import_id, chosen)
        if added:
            await audit.record(
                connection, actor, "leads imported",
                import_id=body.import_id, leads=added, last_row=max(chosen),
            )  # fmt: skip
    return JsonResponse(
        {
            "ok": True,
            "import_id": body.import_id,
            "added": added,
            "skipped": len(file.leads) - len(chosen),
            "header": file.header,
            "refused": file.refused,
        },
        201,
    )


@router.get("/imports", response_model=Imports, summary="List imports")
async def listed(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return the newest imports, and which were undone."""
    rows = await services.database.fetch("imports", LISTED)
    return JsonResponse({"items": [dict(row) for row in rows]})


@router.post("/imports/{import_id}/undo", response_model=ImportUndone, summary="Undo an import",
             responses=refuses(404, Text.IMPORT_NOT_FOUND))  # fmt: skip
async def undo(import_id: UUID, services: ServicesDep, actor: Admin) -> JsonResponse:
    """Erase the leads of an import that nobody touched since; ``kept`` says which stay and why.

    Of an import of events, all go, and their leads are scored without them.
    """
    async with services.database.transaction() as connection:
        await connection.execute(STATEMENTS["lock_imports"])
        made = await connection.fetchrow(STATEMENTS["import_made"], import_id)
        if made is None:
            raise ApiError(404, Text.IMPORT_NOT_FOUND)
        if made["of_events"]:
            erased = await remove_events(connection, import_id, made["last_row"])
            await audit.record(
                connection, actor, "import undone", import_id=import_id, erased=erased, kept=0
            )
            return JsonResponse({"ok": True, "erased": erased, "kept": []})
        ids = [lead_id(import_id, row) for row in range(made["last_row"] + 1)]
        # Held first: what is written of them from now on waits, and finds them gone.
        held = [row["id"] for row in await connection.fetch(STATEMENTS["hold_leads"], ids)]
        kept = await connection.fetch(STATEMENTS["touched_since"], held, made["at"])
        stay = {row["lead_id"] for row in kept}
        gone = [each for each in held if each not in stay]
        await connection.execute(STATEMENTS["erase"], gone)
        await connection.fetch(STATEMENTS["delete_leads"], gone)
        await audit.record(
            connection, actor, "import undone",
            import_id=import_id, erased=len(gone), kept=len(kept),
        )  # fmt: skip
    return JsonResponse({"ok": True, "erased": len(gone), "kept": [dict(row) for row in kept]})
