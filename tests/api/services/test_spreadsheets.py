"""Spreadsheets as Excel in Portuguese and ad networks write them."""

from __future__ import annotations

import pytest

from api.errors import ApiError
from api.services.spreadsheets import MAX_ROWS, read_rows
from tests.api.workbooks import workbook

HEADER = ["Nome", "Observação"]
LINES = "Nome;Observação\r\nJoão;São Paulo\r\n"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig"])
def test_a_csv_of_excel_in_portuguese(encoding: str) -> None:
    rows = read_rows(LINES.encode(encoding))
    assert rows == [(1, HEADER), (2, ["João", "São Paulo"])]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_an_export_of_lead_ads(encoding: str) -> None:
    rows = read_rows("full_name\tphone_number\nJoão\tp:+5534999990000\n".encode(encoding))
    assert rows == [(1, ["full_name", "phone_number"]), (2, ["João", "p:+5534999990000"])]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n"1,5",2\n', [(1, ["a", "b"]), (2, ["1,5", "2"])]),
        ("a|b\n1|2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a;b\n1,5;2,5\n3,5;4,5", [(1, ["a", "b"]), (2, ["1,5", "2,5"]), (3, ["3,5", "4,5"])]),
        ("sep=;\r\na;b\r\n1;2", [(2, ["a", "b"]), (3, ["1", "2"])]),
        ("a;b\n\n;\n 1 ;2", [(1, ["a", "b"]), (4, ["1", "2"])]),
        ("a;b\n1\n1;2;3", [(1, ["a", "b"]), (2, ["1", ""]), (3, ["1", "2"])]),
        ('a;b\n"two\nlines";2', [(1, ["a", "b"]), (2, ["two\nlines", "2"])]),
        ("nome\nAna", [(1, ["nome"]), (2, ["Ana"])]),
    ],
)
def test_rows_keep_the_numbers_people_see(text: str, rows: list[tuple[int, list[str]]]) -> None:
    assert read_rows(text.encode()) == rows


def test_an_xlsx_with_numbers_and_dates() -> None:
    content = workbook([["Nome", "Fone", "Valor", "Data"], ["Ana", 34999990000, 1500.5, 45980]])
    assert read_rows(content) == [
        (1, ["Nome", "Fone", "Valor", "Data"]), (2, ["Ana", "34999990000", "1500,5", "45980"]),
    ]  # fmt: skip
    dated = workbook([["Data"], [45980]], dates=True)
    assert read_rows(dated)[1].cells[0].startswith("2025-11-19")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 no archive", b"\0\0\0", b"\n\n", b"\xff\xfea", b"%PDF-1.7\n\0\x01\0",
        workbook([["a"], ["b"]])[:-30], (";" * 201).encode(),
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused(content: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        read_rows(content)
    assert refused.value.status == 400


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(ApiError, match=str(MAX_ROWS)):
        read_rows(("a\n" * (MAX_ROWS + 2)).encode())
    for place in ("A1048576", "XFD1"):
        with pytest.raises(ApiError):
            read_rows(workbook([["a"]], far=place))
