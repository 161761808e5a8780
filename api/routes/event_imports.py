"""What happened to leads, from a spreadsheet: looked at first, then stored together."""

import asyncio
from itertools import islice

from fastapi import APIRouter

from api.access import Operator
from api.dependencies import ServicesDep
from api.docs import requires
from api.responses import JsonResponse
from api.schemas.event_imports import (
    EventFile,
    EventImportPreview,
    EventImportResult,
    NewEventImport,
)
from api.services import audit
from api.services.database import STATEMENTS
from api.services.event_imports import add_events, found, read_events
from api.services.spreadsheets import sampled
from api.texts import Text

router = APIRouter(tags=["events"])

SAMPLE = 5
"""Events that a preview shows."""


@router.post(
    "/imports/events/preview", response_model=EventImportPreview,
    summary="Look at a file of events", openapi_extra=requires(Text.IMPORT_REQUIRED),
)  # fmt: skip
async def preview(body: EventFile, services: ServicesDep, _: Operator) -> JsonResponse:
    """Return what importing a CSV or XLSX of events would do, with errors by row.

    A row's lead is found by its id, telephone or e-mail. Nothing is stored. Without a ``mapping``
    one is proposed by the names of the columns.
    """
    file = await asyncio.to_thread(read_events, body, services.settings.zone)
    async with services.database.connection() as connection:
        events, there = await found(connection, file)
    return JsonResponse(
        {
            "columns": sampled(file.header, file.mapping, file.rows.values()),
            "rows": len(file.rows),
            "ready": len(events) - len(there),
            "duplicates": len(there),
            "sample": list(islice(events.values(), SAMPLE)),
            "refused": file.refused,
        }
    )


@router.post("/imports/events", status_code=201, response_model=EventImportResult,
             summary="Import events", openapi_extra=requires(Text.IMPORT_REQUIRED))  # fmt: skip
async def add(body: NewEventImport, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Store the events of a CSV or XLSX in one transaction, without the rows that are refused.

    Events that are there already are left out. Sent again with the same ``import_id``, what was
    stored is not stored again.
    """
    file = await asyncio.to_thread(read_events, body, services.settings.zone)
    async with services.database.transaction() as connection:
        await connection.execute(STATEMENTS["lock_imports"])
        events, there = await found(connection, file)
        chosen = {row: event for row, event in events.items() if row not in there}
        added = await add_events(connection, body.import_id, chosen)
        if added:
            await audit.record(
                connection, actor, "events imported",
                import_id=body.import_id, events=added, last_row=max(chosen),
            )  # fmt: skip
    return JsonResponse(
        {
            "ok": True,
            "import_id": body.import_id,
            "added": added,
            "skipped": len(there),
            "header": file.header,
            "refused": file.refused,
        },
        201,
    )
