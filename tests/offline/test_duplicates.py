"""Duplicates of a database: leads and partners however their numbers are written."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from offline.duplicates import identities, main
from offline.likeness import duplicates

if TYPE_CHECKING:
    import asyncpg
    import pytest

    Connection = asyncpg.Connection[asyncpg.Record]

LEADS = """
INSERT INTO leads (nome, segmento_interesse, uf, cidade, whatsapp, email) VALUES
    ('Ana Prado Neves', 'CAVALOS', 'MG', 'Uberaba', '+55 (34) 99999-0000', NULL),
    ('ana prado', 'CAVALOS', NULL, NULL, '3499990000', NULL),
    ('Rui Lobo', 'CAVALOS', 'MG', 'Uberaba', NULL, 'rui.lobo+feira@gmail.com'),
    ('R. Lobo', 'TRATORES', NULL, NULL, '11 3333-0000', 'ruilobo@gmail.com'),
    ('Bia Motta', 'CAVALOS', 'GO', NULL, '62 98888-0000', 'bia@example.com')
"""

PARTNERS = """
INSERT INTO partners (cnpj, razao_social, nome_fantasia, uf, municipio_nome, contato, endereco)
VALUES
    ('12.ABC.345/01DE-35', 'Haras Lobo Ltda', NULL, 'MG', 'Uberaba', NULL, NULL),
    ('12abc34501de35', 'Lobo Haras', '', 'MG', NULL, '{"telefone": "+55 34 3333-1111"}', '[]'),
    ('1.222.333/0001-81', 'Agro Vale', 'Agro Vale', 'SP', 'Franca',
     '{"email": "agro@example.com", "celular": "(16) 99999-2222"}',
     '{"logradouro": "Rua A", "numero": 9}'),
    ('01222333000181', 'Vale', NULL, 'SP', 'Franca', '"nobody"', NULL)
"""


async def test_leads_and_partners_however_they_are_written(connection: Connection) -> None:
    await connection.execute(LEADS)
    await connection.execute(PARTNERS)
    leads = {one.id: one.name for one in await identities(connection, "leads")}
    found = duplicates(await identities(connection, "leads"))
    assert {frozenset((leads[one.first], leads[one.second])) for one in found} == {
        frozenset(("Ana Prado Neves", "ana prado")),
        frozenset(("Rui Lobo", "R. Lobo")),
    }
    partners = await identities(connection, "partners")
    assert (
        sorted(one.document for one in partners) == ["01222333000181"] * 2 + ["12ABC34501DE35"] * 2
    )
    assert {one.name for one in partners if one.phones} == {"Lobo Haras", "Agro Vale"}
    assert {frozenset((one.first, one.second)) for one in duplicates(partners)} == {
        frozenset(one.id for one in partners if one.document == document)
        for document in ("01222333000181", "12ABC34501DE35")
    }


async def test_the_command_says_which_and_why_but_not_who(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await connection.execute(LEADS)
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(main, ["leads", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 2
    assert all(pair["likeness"] > 0.5 and pair["alike"] for pair in told)
    assert await asyncio.to_thread(main, ["leads"]) == 0
    text = capsys.readouterr().out
    assert "phones" in text
    assert "Ana" not in text
