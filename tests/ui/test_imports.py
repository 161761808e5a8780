"""The page that imports leads: columns, duplicates, rows to correct, and undoing."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from domain.catalogue import LANGUAGES
from tests.api.workbooks import workbook
from tests.ui.browser import choose
from ui.spreadsheet import to_correct
from ui.translator import Translator, texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

NAMES = {"pt-BR": "Português", "es": "Español", "en": "English"}


async def upload(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    await page.locator('input[type="file"]').set_input_files(file)  # type: ignore[arg-type]


def test_rows_to_correct_say_what_is_wrong() -> None:
    refused = {"row": 3, "cells": ["", "+55"], "problems": [
        {"field": "nome", "problem": "missing"}, {"field": "whatsapp", "problem": "invalid"},
    ]}  # fmt: skip
    lines = to_correct(Translator("pt-BR"), ["Nome", "Fone"], [refused]).lstrip("\ufeff")
    assert list(csv.reader(lines.splitlines(), delimiter=";")) == [
        ["Nome", "Fone", "O que corrigir"],
        ["", "'+55", "falta: Nome; não dá para entender: WhatsApp"],
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_what_an_import_would_do_is_seen_first(page: Page, stack: Stack) -> None:
    stack.lead("Zeca Conhecido", whatsapp="34 96666-0001")
    content = "Quem;Fone;Interesse\nZeca;(34) 96666-0001;Cavalos\nNova Zuleica;nada;\n"
    content += "Zenaide;34 96666-0003;Eventos\n"
    await page.goto(f"{stack.ui_url}/import")
    await upload(page, "leads.csv", content.encode("utf-16"))
    await expect(page.get_by_text("Diga qual coluna tem o nome")).to_be_visible()
    await expect(page.get_by_text("Colunas (2 de 3 reconhecidas)")).to_be_visible()
    await choose(page.get_by_role("combobox", name="Quem"), "Nome")
    await expect(
        page.get_by_text("3 linhas: 1 prontas, 1 já existem, 1 a corrigir")
    ).to_be_visible()
    await page.get_by_text("A corrigir (1)").click()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Baixar as linhas a corrigir").click()
    paper = Path(await (await downloading.value).path()).read_text(encoding="utf-8-sig")
    assert "Nova Zuleica;nada;;" in paper
    await page.get_by_role("button", name="Importar 1 leads").click()
    await expect(
        page.get_by_test_id("stAlert").filter(has_text="Leads importados: 1")
    ).to_be_visible()
    await expect(page.get_by_text("Já existiam e ficaram de fora: 1")).to_be_visible()
    found = stack.http.get("/leads", params={"q": "Zenaide"}).json()
    assert [lead["segmento_interesse"] for lead in found] == ["EVENTOS"]


@pytest.mark.asyncio(loop_scope="session")
async def test_an_import_is_undone_but_for_what_was_touched(page: Page, stack: Stack) -> None:
    rows = [
        ["Nome", "Interesse"],
        *([f"Desfeita {name}", "Cavalos"] for name in ("Ana", "Bia", "Eva")),
    ]
    await page.goto(f"{stack.ui_url}/import")
    await upload(page, "leads.xlsx", workbook(rows))
    await page.get_by_role("button", name="Importar 3 leads").click()
    await expect(
        page.get_by_test_id("stAlert").filter(has_text="Leads importados: 3")
    ).to_be_visible()
    first, *_ = stack.http.get("/leads", params={"q": "Desfeita Ana"}).json()
    stack.http.post(f"/crm/leads/{first['id']}/notes", json={"note": "ligou"})
    await page.get_by_role("button", name="Desfazer", exact=True).first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Sim, desfazer").click()
    await expect(page.get_by_text("Desfeita Ana: tem anotação")).to_be_visible()
    await expect(page.get_by_text("desfeita: 2 apagados").first).to_be_visible()
    left = stack.http.get("/leads", params={"q": "Desfeita"}).json()
    assert [lead["nome"] for lead in left] == ["Desfeita Ana"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_no_spreadsheet_is_said_to_be_none(
    page: Page, stack: Stack, language: str
) -> None:
    words = texts(language)
    await page.goto(f"{stack.ui_url}/import?lang={NAMES[language]}")
    await expect(
        page.get_by_role("button", name=words["widget.upload"], exact=True)
    ).to_be_visible()
    await upload(page, "leads.xlsx", b"PK nothing")
    expected = words["import.unreadable"].partition(".")[0]
    await expect(page.get_by_text(expected)).to_be_visible()
