"""Keys that do something wherever nobody writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import hears_keys, titled
from tests.ui.test_accessibility import FOCUSED, faults

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_keys_go_through_the_board(page: Page, stack: Stack) -> None:
    for name in ("Primeira tecla", "Segunda tecla"):
        stack.lead(name, uf="DF")
    await page.goto(f"{stack.ui_url}/kanban?uf=DF")
    names = page.locator(".card[data-id] .name")
    await expect(names).to_have_count(2)
    await hears_keys(page)
    first, second = await names.all_inner_texts()
    for key, name in (("j", first), ("j", second), ("j", second), ("k", first)):
        await page.keyboard.press(key)
        assert await page.evaluate(FOCUSED) == name
    await page.keyboard.press("/")
    search = page.get_by_role("textbox", name="Procurar")
    await expect(search).to_be_focused()
    await page.keyboard.type("jkn?/")
    await expect(search).to_have_value("jkn?/")
    await search.press("Escape")
    await page.locator("h1").click()
    await page.keyboard.press("n")
    await titled(page, "Criar lead e simular")


async def test_the_keys_are_told_and_turned_off(page: Page, stack: Stack) -> None:
    await page.goto(f"{stack.ui_url}/leads")
    await hears_keys(page)
    await page.keyboard.press("?")
    told = page.get_by_role("dialog", name="Teclas")
    await expect(told).to_contain_text("Cadastrar um lead")
    assert await faults(page) == []
    await told.get_by_role("checkbox", name="Teclas ligadas").uncheck()
    await page.keyboard.press("Escape")
    await expect(told).to_be_hidden()
    search = page.get_by_role("textbox", name="Procurar")
    await page.keyboard.press("/")
    await expect(search).not_to_be_focused()
    await page.keyboard.press("?")
    await told.get_by_role("checkbox", name="Teclas ligadas").check()
    await told.get_by_role("button", name="Fechar").click()
    await page.keyboard.press("/")
    await expect(search).to_be_focused()


async def test_a_key_goes_to_the_table_of_leads(page: Page, stack: Stack) -> None:
    stack.lead("Na tabela", uf="DF")
    await page.goto(f"{stack.ui_url}/leads?uf=DF")
    await hears_keys(page)
    await expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    await page.keyboard.press("j")
    at = await page.evaluate("document.activeElement.closest('[data-testid=stDataFrame]') !== null")
    assert at
