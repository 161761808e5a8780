"""Lists of rows: one answer where they are few, streamed in parts where they are many."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.responses import Response, StreamingResponse

from api.responses import JsonResponse
from api.services.database import Database

PART = 1_000
"""Rows read at once. The order is fixed before, by id, so that no transaction stays open while a
client reads; what is deleted meanwhile is left out."""


async def sorted_ids(
    database: Database, statement: str, ids: list[UUID], sort: str, limit: int, offset: int
) -> list[UUID]:
    """Return a page of rows in an order of the reader's.

    Parameters
    ----------
    database
        Where they are.
    statement
        Name of the statement that sorts rows by id.
    ids
        All rows that were found.
    sort
        By what, with a minus before it for downwards.
    limit, offset
        How many, and after how many.
    """
    name, down = sort.removeprefix("-"), sort.startswith("-")
    found: list[UUID] = await database.fetchval(statement, ids, name, down, limit, offset)
    return found


async def listing(
    database: Database, ids: list[UUID], rows: str, around: tuple[str, str] = ("[", "]")
) -> Response:
    """Return rows as a JSON list, in the order of their ids.

    Parameters
    ----------
    database
        Where they are.
    ids
        Which rows.
    rows
        Name of the statement that returns rows by id, a comma between them.
    around
        What stands before and after the rows.
    """
    first: str = await database.fetchval(rows, ids[:PART])
    if len(ids) <= PART:
        return JsonResponse(f"{around[0]}{first}{around[1]}")

    async def parts() -> AsyncIterator[str]:
        yield around[0]
        yield first
        empty = not first
        for at in range(PART, len(ids), PART):
            if part := await database.fetchval(rows, ids[at : at + PART]):
                yield part if empty else f",{part}"
                empty = False
        yield around[1]

    return StreamingResponse(parts(), media_type="application/json")
