"""Lists of rows: one answer where they are few, streamed in parts where they are many."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from fastapi.responses import Response, StreamingResponse

from api.responses import JsonResponse
from api.schemas.parameters import ALL
from api.services.database import Database

PART = 1_000
"""Rows read at once. The order is fixed before, by id, so that no transaction stays open while a
client reads; what is deleted meanwhile is left out."""


class Paging(NamedTuple):
    """Which rows of a list are wanted, and in which order.

    Parameters
    ----------
    limit, offset
        How many, and after how many.
    sort
        By what, with a minus before it for downwards; None for the list's own order.
    """

    limit: int
    offset: int
    sort: str | None


async def page_ids(
    database: Database, rows: str, filters: Sequence[object], paging: Paging
) -> list[UUID]:
    """Return which rows are on a page.

    Parameters
    ----------
    database
        Where they are.
    rows
        What they are: the statements ``…_ids`` and ``…_sorted`` begin with it.
    filters
        Arguments of ``…_ids``.
    paging
        Which page.
    """
    limit, offset, sort = paging
    ids: list[UUID]
    if sort is None:
        ids = await database.fetchval(f"{rows}_ids", *filters, limit, offset)
    else:
        found = await database.fetchval(f"{rows}_ids", *filters, ALL, 0)
        name, down = sort.removeprefix("-"), sort.startswith("-")
        ids = await database.fetchval(f"{rows}_sorted", found, name, down, limit, offset)
    return ids


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
