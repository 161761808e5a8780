"""Leads and partners as CSV: streamed page by page, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.access import Viewer
from api.dependencies import UNKNOWN_GROUP, GroupQuery, ServicesDep
from api.schemas.parameters import (
    LeadSearchQuery,
    MinScoreQuery,
    PartnerSearchQuery,
    SegmentQuery,
    StatusQuery,
    UfQuery,
)
from api.services.database import Database, like_pattern

router = APIRouter(tags=["export"])

BOM = "\ufeff"
"""What tells Excel that a file is UTF-8."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How text begins that a spreadsheet would run; a quote before it makes it text again."""

PAGE = 1_000
"""Rows read at once."""

Separator = Annotated[
    Literal[",", ";"],
    Query(description="What stands between cells; Excel in Portuguese or Spanish wants `;`."),
]

CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"example": "id,nome,score\r\n7c0f5c1e-…,Helena,58\r\n"}},
        "description": "Rows.",
    }
}


def cell(value: Any) -> Any:
    r"""Return a value as it may stand in a spreadsheet.

    Examples
    --------
    >>> cell('=HYPERLINK("http://example.com")'), cell(-5), cell({"a": 1})
    ('\'=HYPERLINK("http://example.com")', -5, '{"a":1}')
    """
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


async def _lines(
    database: Database, what: str, separator: str, more: Sequence[str], *filters: Any
) -> AsyncIterator[str]:
    """Yield the file: a header, then pages by id, so that no transaction stays open."""
    columns: list[str] = [*await database.fetchval("columns", what), *more]
    yield BOM + _csv([columns], separator)
    after = None
    while rows := await database.fetch(f"{what}_after", after, PAGE, *filters):
        values = [orjson.loads(row["row"]) for row in rows]
        cells = [[cell(row.get(column)) for column in columns] for row in values]
        yield _csv(cells, separator)
        after = rows[-1]["id"]


def _csv(rows: list[list[Any]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def _file(lines: AsyncIterator[str], name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines, headers=headers, media_type="text/csv; charset=utf-8")


@router.get("/leads.csv", response_class=StreamingResponse, responses=CSV | UNKNOWN_GROUP,
            summary="Leads as CSV")  # fmt: skip
async def leads(
    services: ServicesDep,
    _: Viewer,
    status: StatusQuery = None,
    min_score: MinScoreQuery = None,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: LeadSearchQuery = None,
    group: GroupQuery = None,
    separator: Separator = ",",
) -> StreamingResponse:
    """Send all leads that the filters find, every column, one a line.

    Of heads beside the primary one there are columns with their score and probability.
    """
    heads = [head.name for head in (await services.policy()).others]
    said = [f"{what}:{head}" for head in heads for what in ("score", "probability")]
    filters = (status, min_score, uf, segment, q, group)
    return _file(_lines(services.database, "leads", separator, said, *filters), "leads")


@router.get("/partners.csv", response_class=StreamingResponse, responses=CSV,
            summary="Partners as CSV")  # fmt: skip
async def partners(
    services: ServicesDep,
    _: Viewer,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    q: PartnerSearchQuery = None,
    separator: Separator = ",",
) -> StreamingResponse:
    """Send all partners that the filters find, every column, one a line."""
    filters = (uf, segment, like_pattern(q))
    return _file(_lines(services.database, "partners", separator, (), *filters), "partners")
