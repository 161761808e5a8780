"""Which leads are seen is in the address: a link shows the same ones, on board and list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import choose, drawn

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_link_opens_the_same_view_again(page: Page, stack: Stack) -> None:
    for name, segment in (("Vista Um", "CAVALOS"), ("Vista Dois", "EVENTOS"), ("Outra", "EVENTOS")):
        stack.lead(name, uf="MT", segmento_interesse=segment)
    await page.goto(f"{stack.ui_url}/leads")
    await page.get_by_role("textbox", name="Procurar").fill("vista")
    await page.keyboard.press("Enter")
    await choose(page.get_by_role("combobox", name="Estado"), "MT")
    await choose(page.get_by_role("combobox", name="Segmento"), "Eventos")
    await choose(page.get_by_role("combobox", name="Ordem"), "Nome ↓")
    await expect(page.get_by_text("Leads: 1", exact=True)).to_be_visible()
    await expect(page).to_have_url(re.compile("sort="))
    link = page.url
    other = await page.context.new_page()
    await other.goto(link)
    await expect(other.get_by_text("Leads: 1", exact=True)).to_be_visible()
    await expect(other.get_by_role("textbox", name="Procurar")).to_have_value("vista")
    await expect(other.get_by_role("combobox", name="Ordem")).to_have_value("Nome ↓")
    await drawn(other)
    await other.get_by_test_id("stSidebarNavLink").filter(has_text="Kanban").click()
    cards = other.locator(".card[data-id]")
    await expect(cards).to_have_count(1)
    await expect(cards.locator(".name")).to_have_text("Vista Dois")
    await other.get_by_text("O que fazer agora").click()
    await expect(other).to_have_url(re.compile("order="))
    await page.goto(other.url)
    await expect(page.locator(".card[data-id] .name")).to_have_text(["Vista Dois"])
    chosen = page.get_by_role("radio", name="O que fazer agora")
    await expect(chosen).to_be_checked()
