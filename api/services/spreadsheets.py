"""Rows of text from spreadsheets: CSV as Excel and ad networks write it, and XLSX."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

from api.errors import ApiError
from api.texts import Text
from domain.delimited import decoded, separator

MAX_ROWS = 20_000
"""Rows of one file at the most, without its header."""

MAX_COLUMNS = 200
"""Columns of one file at the most."""

MAX_UNPACKED = 100_000_000
"""Bytes of an XLSX's parts at the most, which are compressed in the file."""

SEPARATOR_LINE = re.compile(r"sep=.\r?\n", re.IGNORECASE)
"""What Excel itself writes above a CSV."""

CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r=["']([A-Z]+)(\d+)["'][^>]*(?<!/)>""")
"""The place of a cell with something in it, in an XLSX's sheet."""


class Row(NamedTuple):
    """One row of a spreadsheet: its number, as the program that shows it counts, and its cells."""

    number: int
    cells: list[str]


SAMPLE = 5
"""Cells of a column that a preview shows."""


def sampled(
    header: Sequence[str], mapping: Sequence[str | None], rows: Iterable[Row]
) -> list[dict[str, Any]]:
    """Return what a preview says of columns: their names, what they say, and their first cells."""
    cells = [row.cells for row in rows]
    return [
        {
            "name": name,
            "field": field,
            "sample": list(islice(filter(None, (each[place] for each in cells)), SAMPLE)),
        }
        for place, (name, field) in enumerate(zip(header, mapping, strict=True))
    ]


def read_rows(content: bytes) -> list[Row]:
    """Return the rows that have anything in them; the first is the header, all are as wide as it.

    Numbers of an XLSX become text with a decimal comma, dates become ISO 8601.

    Raises
    ------
    ApiError
        When it is no spreadsheet, or too large a one.
    """
    try:
        found = _xlsx(content) if content.startswith(b"PK") else _csv(content)
        rows = [Row(number, cells) for number, cells in found if any(cells)]
    except (csv.Error, CalamineError, zipfile.BadZipFile, UnicodeDecodeError, KeyError) as error:
        raise ApiError(400, Text.UNREADABLE_FILE) from error
    if not rows or len(rows[0].cells) > MAX_COLUMNS:
        raise ApiError(400, Text.UNREADABLE_FILE)
    if len(rows) > MAX_ROWS + 1:
        raise ApiError(400, Text.TOO_MANY_ROWS.format(most=MAX_ROWS))
    width = len(rows[0].cells)
    return [Row(number, (cells + [""] * width)[:width]) for number, cells in rows]


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    written = decoded(content)
    text = SEPARATOR_LINE.sub("", written, count=1)
    if "\0" in text:
        raise ApiError(400, Text.UNREADABLE_FILE)
    skipped = int(text != written)
    rows = csv.reader(io.StringIO(text), delimiter=separator(text))
    for number, cells in enumerate(rows, 1 + skipped):
        yield number, [cell.strip() for cell in cells]


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    _refuse_huge(content)
    with load_workbook(io.BytesIO(content)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.visible is not SheetVisibleEnum.Visible:
                continue
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            if rows:
                for number, cells in enumerate(rows, 1):
                    yield number, [_text(cell) for cell in cells]
                return


def _refuse_huge(content: bytes) -> None:
    """Refuse what takes too much memory: one cell far away makes a sheet of billions."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
            raise ApiError(413, Text.TOO_LARGE)
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        for name in sheets:
            for column, row in CELL.findall(parts.read(name)):
                if int(row) > MAX_ROWS + 1:
                    raise ApiError(400, Text.TOO_MANY_ROWS.format(most=MAX_ROWS))
                if len(column) > len("ZZ"):
                    raise ApiError(400, Text.UNREADABLE_FILE)


def _text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    return str(cell).strip()
