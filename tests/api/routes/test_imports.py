"""Imports: what a file would do, what it did, and its undoing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from api.texts import Text
from tests.api.served import execute, served
from tests.api.workbooks import workbook

if TYPE_CHECKING:
    from tests.api.served import Served

FILE = (
    "Nome completo;Telefone;E-mail;Estado;Cidade;Interesse;Orçamento;Prazo;Criado em;Obs\r\n"
    "João Prado;(34) 99999-0001;joao@example.com;Minas Gerais;Uberaba;Cavalos;"
    "R$ 25.000,50;30 dias;20/11/2025 14:30;x\r\n"
    "Bia Lemos;à noite;bia@example;MG;Uberaba;Cavalos;;;;\r\n"
    ";34999990003;;;;Eventos;;;31/02/2025;\r\n"
    "Caio Reis;34 99999-0004;;SP;Franca;;;;;\r\n"
    "Dora Sá;34 99999-0005;;;;Serviços;10 mil;urgente;2025-11-20;\r\n"
)


def body(content: bytes | str = FILE, **more: Any) -> dict[str, Any]:
    raw = content.encode("latin-1") if isinstance(content, str) else content
    return {"content": base64.b64encode(raw).decode(), **more}


def sheet(*lines: str) -> str:
    return "\n".join(("nome;telefone;email;segmento", *lines))


async def preview(api: Served, content: bytes | str = FILE, **more: Any) -> dict[str, Any]:
    answer = await api.client.post("/imports/preview", json=body(content, **more))
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def do(api: Served, content: bytes | str = FILE, **more: Any) -> dict[str, Any]:
    sent = body(content, **{"import_id": str(uuid4()), **more})
    answer = await api.client.post("/imports", json=sent)
    assert answer.status_code == 201, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def names(database: str) -> list[str]:
    rows = await execute(database, "SELECT nome FROM leads ORDER BY nome, id")
    return [row["nome"] for row in rows]


async def test_a_preview_says_all_and_stores_nothing(api: Served, database: str) -> None:
    seen = await preview(api)
    assert [(one["name"], one["field"]) for one in seen["columns"]] == [
        ("Nome completo", "nome"), ("Telefone", "whatsapp"), ("E-mail", "email"), ("Estado", "uf"),
        ("Cidade", "cidade"), ("Interesse", "segmento_interesse"),
        ("Orçamento", "orcamento_faixa"), ("Prazo", "prazo_compra"), ("Criado em", "created_at"),
        ("Obs", None),
    ]  # fmt: skip
    assert (seen["rows"], seen["ready"], seen["duplicates"]) == (5, 2, [])
    refused = {
        row["row"]: [(one["field"], one["problem"]) for one in row["problems"]]
        for row in seen["refused"]
    }
    assert refused == {
        3: [("whatsapp", "invalid"), ("email", "invalid")],
        4: [("nome", "missing"), ("created_at", "invalid")],
        5: [("segmento_interesse", "missing")],
    }
    assert seen["refused"][0]["cells"][1] == "à noite"
    assert seen["sample"][0] == {
        "nome": "João Prado", "segmento_interesse": "CAVALOS", "whatsapp": "(34) 99999-0001",
        "email": "joao@example.com", "uf": "MG", "cidade": "Uberaba",
        "orcamento_faixa": "20k-60k", "prazo_compra": "30d",
        "created_at": "2025-11-20T14:30:00-03:00",
    }  # fmt: skip
    assert await names(database) == []


async def test_an_import_stores_what_can_be_stored_once(api: Served, database: str) -> None:
    sent = {"import_id": str(uuid4()), "segmento_interesse": "EVENTOS"}
    done = await do(api, **sent)
    assert (done["added"], done["skipped"], len(done["refused"])) == (3, 0, 2)
    assert await names(database) == ["Caio Reis", "Dora Sá", "João Prado"]
    assert (await do(api, **sent))["added"] == 0
    assert len(await names(database)) == 3
    (lead,) = await execute(database, "SELECT * FROM leads WHERE nome = 'Caio Reis'")
    assert (lead["segmento_interesse"], lead["uf"]) == ("EVENTOS", "SP")
    noted = await execute(
        database, "SELECT facts::text FROM galope.audit WHERE action = 'leads imported'"
    )
    assert [json.loads(row["facts"]) for row in noted] == [
        {"import_id": sent["import_id"], "leads": 3, "last_row": 6}
    ]


async def test_an_xlsx_is_imported_with_the_columns_that_are_chosen(
    api: Served, database: str
) -> None:
    content = workbook([["A", "B", "C"], ["Prado", "Ana", 34999990000]])
    assert [one["field"] for one in (await preview(api, content))["columns"]] == [None] * 3
    mapping = ["nome", None, "whatsapp"]
    await do(api, content, mapping=mapping, segmento_interesse="CAVALOS")
    (lead,) = await execute(database, "SELECT nome, whatsapp FROM leads")
    assert (lead["nome"], lead["whatsapp"]) == ("Prado", "34999990000")


async def test_a_name_in_two_columns_is_one(api: Served) -> None:
    seen = await preview(api, "first_name,last_name,interest\nAna,Prado,cavalos")
    assert seen["sample"][0]["nome"] == "Ana Prado"


@pytest.mark.parametrize(
    ("line", "by"),
    [
        ("Outra;+55 34 99999-0001;;CAVALOS", "phone"),
        ("Outra;34 9999-0001;;CAVALOS", "phone"),
        ("Outra;;A.na@gmail.com;CAVALOS", "email"),
        ("ÁNA prado;;;CAVALOS", "name"),
        ("Ana Prado;34 99999-0009;;CAVALOS", None),
        ("Ana Prado;;outra@gmail.com;CAVALOS", None),
        ("Outra;34 99999-0009;outra@gmail.com;CAVALOS", None),
    ],
)
async def test_who_is_there_already_is_found(api: Served, line: str, by: str | None) -> None:
    lead = await api.lead(nome="Ana Prado", whatsapp="34999990001", email="ana@gmail.com")
    seen = (await preview(api, sheet(line)))["duplicates"]
    assert [one["by"] for one in seen] == ([by] if by else [])
    if by:
        assert (seen[0]["lead_id"], seen[0]["lead_name"]) == (lead["id"], "Ana Prado")


async def test_who_stands_twice_in_a_file_is_imported_once(api: Served, database: str) -> None:
    content = sheet("Ana;34 99999-0001;;CAVALOS", "Bia;;;CAVALOS", "Ani;(34)999990001;;CAVALOS")
    (seen,) = (await preview(api, content))["duplicates"]
    assert (seen["row"], seen["by"], seen["same_as_row"], seen["lead_id"]) == (4, "phone", 2, None)
    assert (await do(api, content))["skipped"] == 1
    assert await names(database) == ["Ana", "Bia"]
    assert (await do(api, content, duplicates="add"))["added"] == 3


async def test_undoing_an_import_leaves_what_was_touched_since(api: Served, database: str) -> None:
    own = await api.lead(nome="De antes")
    content = sheet(*(f"{name};;;CAVALOS" for name in ("Ana", "Bia", "Caio", "Dora", "Eva")))
    done = await do(api, content)
    rows = await execute(database, "SELECT id::text, nome FROM leads")
    ids = {row["nome"]: row["id"] for row in rows}
    event = {"lead_id": ids["Ana"], "event_type": "page_view"}
    (await api.client.post("/events", json=event)).raise_for_status()
    await api.client.post(f"/leads/{ids['Bia']}/notes", json={"note": "oi"})
    await api.client.patch(f"/leads/{ids['Caio']}", json={"cidade": "Franca"})
    path = f"/imports/{done['import_id']}/undo"
    undone = (await api.client.post(path)).json()
    assert undone["erased"] == 2
    assert [(one["nome"], one["why"]) for one in undone["kept"]] == [
        ("Ana", "events"), ("Bia", "notes"), ("Caio", "changed"),
    ]  # fmt: skip
    assert await names(database) == ["Ana", "Bia", "Caio", own["nome"]]
    (listed,) = (await api.client.get("/imports")).json()["items"]
    assert (listed["import_id"], listed["leads"], listed["erased"]) == (done["import_id"], 5, 2)
    again = await api.client.post(path)
    assert (again.status_code, again.json()["error"]) == (404, Text.IMPORT_NOT_FOUND)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({}, Text.IMPORT_REQUIRED),
        (body("nome;fone\nAna;1", mapping=["nome"]), Text.MAPPING_REFUSED),
        (body("nome;fone\nAna;1", mapping=[None, "whatsapp"]), Text.MAPPING_REFUSED),
        (body(b"PK nothing"), Text.UNREADABLE_FILE),
    ],
)
async def test_what_can_not_be_imported_is_refused(
    api: Served, sent: dict[str, Any], text: str
) -> None:
    answer = await api.client.post("/imports/preview", json=sent)
    assert (answer.status_code, answer.json()["error"]) == (400, text)


async def test_a_file_may_be_larger_than_other_bodies_and_not_endless(database: str) -> None:
    async with served(database, api_body_kb=1, api_import_kb=8) as api:
        lines = [f"Pessoa {number};;;CAVALOS" for number in range(100)]
        assert (await preview(api, sheet(*lines)))["ready"] == 100
        answer = await api.client.post("/imports/preview", json=body(sheet(*lines * 10)))
        assert (answer.status_code, answer.json()["error"]) == (413, Text.TOO_LARGE)
