"""CSV files."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
async def test_a_csv_runs_nothing(api: Served, formula: str) -> None:
    lead = await api.lead(nome=f"a{formula}", cidade=f"x{formula}")
    await api.client.patch(
        f"/leads/{lead['id']}", json={"cidade": formula, "nome": 'Ana "A"; B,\n'}
    )
    answer = await api.client.get("/leads.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert cells["id"] == lead["id"]
    assert cells["nome"].startswith('Ana "A"; B,')
    assert cells["cidade"] == f"'{formula.strip()}"


async def test_csvs_have_every_row(api: Served, database: str) -> None:
    await execute(
        database,
        "INSERT INTO leads (nome, segmento_interesse, uf) SELECT 'n' || n, 's', 'MG'"
        " FROM generate_series(1, 2500) AS n",
    )
    await execute(
        database,
        "INSERT INTO partners (cnpj, uf) SELECT n::text, 'MG' FROM generate_series(1, 1500) AS n",
    )
    for path, rows in (
        ("/leads.csv", 2500), ("/partners.csv", 1500), ("/leads.csv?uf=SP", 0),
        ("/leads.csv?q=N249", 11), ("/partners.csv?q=149", 12),
    ):  # fmt: skip
        text = (await api.client.get(path)).content.decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(text)))) == rows + 1


async def test_a_csv_may_be_for_excel_in_portuguese(api: Served) -> None:
    await api.lead(nome="Ana; B", cidade="a,b")
    answer = await api.client.get("/leads.csv", params={"separator": ";"})
    text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
    header, row = csv.reader(text, delimiter=";")
    cells = dict(zip(header, row, strict=True))
    assert (cells["nome"], cells["cidade"]) == ("Ana; B", "a,b")
    assert (await api.client.get("/leads.csv", params={"separator": "x"})).status_code == 400
