"""Importing what happened to leads: whose it is, what to correct, the scores, and the undoing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from domain.catalogue import LANGUAGES
from tests.ui.browser import choose, drawn
from tests.ui.test_imports import upload
from tests.ui.test_pages import NAMES
from tests.ui.test_widget_words import said_in_a_foreign_language
from ui.translator import texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_happened_is_imported_scored_and_taken_back(page: Page, stack: Stack) -> None:
    lead = stack.lead("Zuleide Histórica", whatsapp="34 96655-0001")
    content = "Telefone;O que aconteceu;Data;Valor\n"
    content += "(34) 96655-0001;Completou o questionário;20/11/2026 14:30;\n"
    content += "(34) 96655-0001;purchase;21/11/2026;R$ 1.500,50\n"
    content += "34 90000-1234;purchase;21/11/2026;\n"
    await page.goto(f"{stack.ui_url}/import")
    await drawn(page)
    await page.get_by_text("O que aconteceu", exact=True).click()
    await expect(page.get_by_text("Planilha com o que aconteceu")).to_be_visible()
    await drawn(page)
    await upload(page, "historico.csv", content.encode("utf-16"))
    await expect(
        page.get_by_text("3 linhas: 2 prontas, 0 já existem, 1 a corrigir")
    ).to_be_visible()
    await drawn(page)
    await page.get_by_text("A corrigir (1)").click()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Baixar as linhas a corrigir").click()
    paper = Path(await (await downloading.value).path()).read_text(encoding="utf-8-sig")
    assert "34 90000-1234;purchase;21/11/2026;;nenhum lead com este dado: WhatsApp" in paper
    await drawn(page)
    await page.get_by_role("button", name="Importar 2 acontecimentos").click()
    told = page.get_by_test_id("stAlert").filter(has_text="Acontecimentos importados: 2")
    await expect(told).to_be_visible()
    items = stack.http.get(f"/leads/{lead['id']}/timeline").json()["items"]
    assert {item["type"] for item in items if item["kind"] == "event"} == {
        "hook_complete", "purchase",
    }  # fmt: skip
    await drawn(page)
    await page.get_by_role("button", name="Desfazer", exact=True).first.click()
    asked = page.get_by_role("dialog")
    await expect(asked.get_by_text("Os acontecimentos desta importação")).to_be_visible()
    await asked.get_by_role("button", name="Sim, desfazer").click()
    await expect(page.get_by_text("2 acontecimentos apagados")).to_be_visible()
    items = stack.http.get(f"/leads/{lead['id']}/timeline").json()["items"]
    assert [item for item in items if item["kind"] == "event"] == []


async def test_a_file_without_types_is_of_one_kind(page: Page, stack: Stack) -> None:
    stack.lead("Zilda Reunida", email="zilda@example.com")
    content = "Contato;Dia\nzilda@example.com;20/11/2026\n"
    await page.goto(f"{stack.ui_url}/import?import_what=O+que+aconteceu")
    await drawn(page)
    await upload(page, "reunioes.csv", content.encode())
    await expect(page.get_by_text("Diga qual coluna tem o telefone")).to_be_visible()
    await choose(page.get_by_role("combobox", name="Contato"), "E-mail")
    await expect(page.get_by_text("Diga qual coluna tem a data")).to_be_visible()
    await choose(page.get_by_role("combobox", name="Dia"), "Quando")
    await expect(page.get_by_text("1 linhas: 0 prontas")).to_be_visible()
    kind = page.get_by_role("combobox", name="O que aconteceu, nas linhas que não dizem")
    await choose(kind, "Marcou reunião")
    await expect(page.get_by_text("1 linhas: 1 prontas")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_language(page: Page, stack: Stack, language: str) -> None:
    words = texts(language)
    await page.goto(f"{stack.ui_url}/import?lang={NAMES[language]}")
    await drawn(page)
    await page.get_by_text(words["import.of_events"], exact=True).click()
    await expect(page.get_by_text(words["import.events_file"])).to_be_visible()
    await drawn(page)
    assert await said_in_a_foreign_language(page, language) == set()
