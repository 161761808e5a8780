"""A sales table: what it says, and which rows it can't be read by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from offline.sales import Sale, Sales, numbered
from postgres.errors import GalopeError

if TYPE_CHECKING:
    from pathlib import Path

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 11, 1, tzinfo=ZONE).timestamp()
HEADER = "customer;date;amount;family;quantity\n"
GOOD = "Haras Boa Vista;03/02/2026;100,00;feed;1\n"


def read(folder: Path, text: str, encoding: str = "utf-8") -> Sales:
    """Read a file that says this."""
    file = folder / "purchases.csv"
    file.write_bytes(text.encode(encoding))
    return Sales.read(file, ZONE, NOW)


def day(text: str) -> datetime:
    """Return a day's midnight."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_a_line_is_a_purchase_or_a_return(tmp_path: Path) -> None:
    sales = read(
        tmp_path,
        HEADER
        + "Haras Boa Vista ;03/02/2026;1.234,56;feed;2\n"
        + "C-7;2/1/2026;R$ -10,5;tack;-1\n\n"
        + "C-7;01/01/2026 14:30;7;;\n",
    )
    assert not sales.rejects
    assert list(sales.lines) == [
        Sale("C-7", datetime(2026, 1, 1, 14, 30, tzinfo=ZONE), 7.0, "", None),
        Sale("C-7", day("2026-01-02"), -10.5, "tack", -1.0),
        Sale("Haras Boa Vista", day("2026-02-03"), 1234.56, "feed", 2.0),
    ]
    assert [line.event_type for line in sales.lines] == ["purchase", "return", "purchase"]
    assert sales.lines[0].metadata == {"amount": 7.0}
    assert sales.lines[1].metadata == {"amount": -10.5, "family": "tack", "quantity": -1.0}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('customer,date,amount,family,quantity\nJosé,03/02/2026,"9,5",ração,1\n', "utf-8-sig"),
        (
            "Family\tamount\tcustomer\tdate\tquantity\tnote\nração\t9.5\tJosé\t3/2/26\t1\tx\n",
            "utf-8",
        ),
        ("customer;date;amount;family;quantity\r\nJosé;2026-02-03;9,50;ração;1\r\n", "cp1252"),
    ],
)
def test_spreadsheets_write_it_in_their_ways(tmp_path: Path, text: str, encoding: str) -> None:
    expected = Sale("José", day("2026-02-03"), 9.5, "ração", 1.0)
    assert list(read(tmp_path, text, encoding).lines) == [expected]


BROKEN = {
    ";03/02/2026;1,0;feed;1": "no customer",
    "C;31/02/2026;1,0;feed;1": "'31/02/2026' is no date such as 31/12/2025",
    "C;12/31/2026;1,0;feed;1": "'12/31/2026' is no date",
    "C;03/02;1,0;feed;1": "'03/02' is no date",
    "C;03/02/2027;1,0;feed;1": "date '03/02/2027': dated in the future",
    "C;03/02/1999;1,0;feed;1": "date '03/02/1999': dated before the year 2000",
    "C;03/02/2026;1e400;feed;1": "amount '1e400' is no number such as 1.234,56",
    "C;03/02/2026;1234567890123,0;feed;1": "amount '1234567890123,0' is no number",
    "C;03/02/2026;12.5;feed;1": "amount '12.5' is no number",
    "C;03/02/2026;;feed;1": "amount '' is no number",
    "C;03/02/2026;nan;feed;1": "amount 'nan' is no number",
    "C;03/02/2026;1,0;feed;two": "quantity 'two' is no number",
    "C;03/02/2026;1,0;feed": "4 cells, where the header has 5",
    "C\0;03/02/2026;1,0;feed;1": "a cell holds a NUL",
}


@pytest.mark.parametrize("line", BROKEN)
def test_a_row_that_cant_be_read_is_named_and_left_out(tmp_path: Path, line: str) -> None:
    sales = read(tmp_path, HEADER + GOOD * 30 + line + "\n" + GOOD)
    assert len(sales.lines) == 31
    assert [reject.row for reject in sales.rejects] == [32]
    assert BROKEN[line] in sales.rejects[0].reason


def test_a_file_of_many_broken_rows_is_refused(tmp_path: Path) -> None:
    text = HEADER + (GOOD * 9 + "C;03/02/2026;1e400;feed;1\n") * 30
    refused = r"30 of 300 rows .*: row 11: amount '1e400'.*; row 201: .*; and 10 more"
    with pytest.raises(GalopeError, match=refused):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("customer;date;amount;family\n", "has no column quantity"),
        ("", "can't be read as CSV"),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(GalopeError, match=said):
        read(tmp_path, text)


def test_a_line_keeps_its_name_in_a_longer_file(tmp_path: Path) -> None:
    once, twice = read(tmp_path, HEADER + GOOD), read(tmp_path, HEADER + GOOD + GOOD)
    names = [name for name, _ in numbered(twice.lines)]
    assert len(set(names)) == 2
    assert [name for name, _ in numbered(once.lines)] == names[:1]
