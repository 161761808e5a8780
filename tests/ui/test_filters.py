"""Which leads are seen is in the address: a link shows the same ones, on board and list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import choose, drawn, new_page, titled

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

HEIGHT = "card => card.offsetHeight"

EVERY_WORD = """() => {
    const words = [];
    const walk = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) walk(one.shadowRoot);
            for (const name of one.getAttributeNames()) words.push(one.getAttribute(name));
            for (const node of one.childNodes) if (node.nodeType === 3) words.push(node.nodeValue);
        }
    };
    walk(document);
    return words.join(" ");
}"""
"""All text of a page and of its attributes, inside of components too."""

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
    other = await new_page(page.context)
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


async def test_board_and_list_show_the_same_view_by_one_click(page: Page, stack: Stack) -> None:
    for name, segment in (("Dupla Um", "EVENTOS"), ("Dupla Dois", "CAVALOS"), ("Só", "EVENTOS")):
        stack.lead(name, uf="MA", segmento_interesse=segment)
    await page.goto(f"{stack.ui_url}/kanban?uf=MA&segment=Eventos&q=dupla")
    cards = page.locator(".card[data-id] .name")
    await expect(cards).to_have_text(["Dupla Um"])
    await drawn(page)
    await page.get_by_role("link", name="Ver em lista").click()
    await titled(page, "Leads")
    await expect(page.get_by_text("Leads: 1", exact=True)).to_be_visible()
    for part in ("uf=MA", "segment=Eventos", "q=dupla"):
        await expect(page).to_have_url(re.compile(part))
    await choose(page.get_by_role("combobox", name="Segmento"), "Cavalos")
    await drawn(page)
    await page.get_by_role("link", name="Ver no quadro").click()
    await titled(page, "Kanban")
    await expect(cards).to_have_text(["Dupla Dois"])
    await expect(page).to_have_url(re.compile("segment=Cavalos"))


async def test_cards_are_compact_where_the_address_says_so(page: Page, stack: Stack) -> None:
    stack.lead("Larga Uma", uf="SC", whatsapp="34 99999-3333")
    await page.goto(f"{stack.ui_url}/kanban?uf=SC")
    card = page.locator(".card[data-id]")
    await expect(card.locator(".about")).to_be_visible()
    tall = await card.evaluate(HEIGHT)
    await drawn(page)
    await page.get_by_text("Cartões compactos").click()
    await expect(card.locator(".about")).to_be_hidden()
    await expect(card.locator(".name")).to_have_text("Larga Uma")
    assert await card.evaluate(HEIGHT) < 0.75 * tall
    await expect(page).to_have_url(re.compile("compact=true"))
    await page.reload()
    await expect(card.locator(".about")).to_be_hidden()


async def test_a_board_on_the_wall_says_nobodys_name(page: Page, stack: Stack) -> None:
    lead = stack.lead("Bruna Secreta Leal", uf="BA", cidade="Ilhéus")
    stack.fire(lead["id"], "hook_complete")
    await page.goto(f"{stack.ui_url}/kanban?uf=BA&wall=true")
    card = page.locator(".card[data-id]", has_text="B. L.")
    await expect(card).to_be_visible()
    await drawn(page)
    await expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    await card.locator(".name").click()
    await drawn(page)
    assert "Secreta" not in await page.evaluate(EVERY_WORD)
    await page.get_by_text("Para a parede").click()
    await expect(page.locator(".card .name", has_text="Bruna Secreta Leal")).to_be_visible()
    await expect(page.get_by_test_id("stSidebar")).to_be_visible()
