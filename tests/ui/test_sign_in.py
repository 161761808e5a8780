"""Signing in, and whose leads are whose, as a seller and a manager have it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from domain.catalogue import LANGUAGES
from tests.ui.browser import choose, drawn, titled
from tests.ui.people import nobody, sign_in, team
from tests.ui.test_accessibility import faults
from tests.ui.test_pages import NAMES
from tests.ui.test_widget_words import said_in_a_foreign_language
from ui.translator import texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_signs_in_goes_on_where_the_link_led(page: Page, stack: Stack) -> None:
    with team(stack) as passwords:
        await page.goto(f"{stack.ui_url}/leads")
        await drawn(page)
        await expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
        assert await faults(page) == []
        await sign_in(page, "Bia", "errada")
        await expect(page.get_by_text("E-mail ou senha incorretos")).to_be_visible()
        await sign_in(page, "Bia", passwords["Bia"])
        await titled(page, "Leads")
        await page.reload()
        await titled(page, "Leads")
        await page.get_by_role("button", name="Bia").click()
        await page.get_by_role("button", name="Sair", exact=True).click()
        await titled(page, "Entrar")
        await page.reload()
        await titled(page, "Entrar")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_sign_in_page_speaks_the_language(
    page: Page, stack: Stack, language: str
) -> None:
    with team(stack):
        await page.goto(f"{stack.ui_url}/?lang={NAMES[language]}")
        title = texts(language)["page.sign_in"]
        await titled(page, title)
        await expect(page).to_have_title(f"{title} · Galope")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await said_in_a_foreign_language(page, language) == set()


async def test_a_seller_takes_a_lead_and_finds_it_among_theirs(page: Page, stack: Stack) -> None:
    lead, other = stack.lead("Assumida", uf="MS"), stack.lead("Alheia", uf="MS")
    with team(stack) as passwords:
        give = {"lead_ids": [other["id"]], "owner": "Guto"}
        stack.http.put("/crm/owners", json=give).raise_for_status()
        await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
        await sign_in(page, "Bia", passwords["Bia"])
        owner = page.get_by_role("combobox", name="Responsável")
        await choose(owner, "Bia")
        await expect(page.get_by_text("Com Bia: 1")).to_be_visible()
        told = page.locator('.g-line[data-kind="owner"]')
        await expect(told).to_contain_text("Responsável: Bia por Bia")
        assert stack.http.get("/crm/owners").json()[lead["id"]] == "Bia"
        await page.get_by_test_id("stSidebarNavLink").filter(has_text="Kanban").click()
        await titled(page, "Kanban")
        cards = page.locator(".card[data-id]")
        await choose(page.get_by_role("combobox", name="Responsável"), "Meus")
        await expect(cards).to_have_count(1)
        await expect(cards.locator(".name")).to_have_text("Assumida")
        await expect(cards.locator(".facts")).to_contain_text("Bia")
        await page.get_by_test_id("stSidebarNavLink").filter(has_text="Hoje").click()
        await titled(page, "Hoje")
        await expect(page.get_by_role("radio", name="Meus")).to_be_checked()
        await expect(page.get_by_role("link", name="Alheia")).to_be_hidden()
        await page.goto(f"{stack.ui_url}/lead?id={other['id']}")
        await choose(page.get_by_role("combobox", name="Responsável"), "Bia")
        await expect(page.get_by_text("O seu acesso não permite isto")).to_be_visible()
        assert stack.http.get("/crm/owners").json()[other["id"]] == "Guto"


async def test_the_day_opens_on_ones_own_leads_or_on_ones_teams(page: Page, stack: Stack) -> None:
    owned = {name: stack.lead(f"De {name}", uf="GO") for name in ("Bia", "Guto", "Alba")}
    for lead in owned.values():  # overdue, so that no other test's leads fill the list before them
        stack.fire(
            lead["id"], "hook_complete", "cta_click", "whatsapp_reply", "asked_price", days_ago=40
        )
    seen = {name: page.get_by_role("link", name=f"De {name}", exact=False) for name in owned}

    async def listed(*names: str) -> None:
        for name, lead in seen.items():
            await expect(lead).to_have_count(int(name in names))

    with team(stack) as passwords:
        await page.goto(f"{stack.ui_url}/lead?id={owned['Bia']['id']}")
        await sign_in(page, "Guto", passwords["Guto"])
        await drawn(page)
        await titled(page, "De Bia")
        for name, lead in owned.items():
            await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
            await choose(page.get_by_role("combobox", name="Responsável"), name)
            # What is said of it in passing may be gone before a busy machine looks.
            async with asyncio.timeout(30):
                while stack.http.get("/crm/owners").json().get(lead["id"]) != name:
                    await page.wait_for_timeout(100)
        await page.goto(f"{stack.ui_url}/leads?uf=GO")
        await choose(page.get_by_role("combobox", name="Responsável"), "Minha equipe")
        await expect(page.get_by_text("Leads: 2", exact=True)).to_be_visible()
        await page.goto(f"{stack.ui_url}/today")
        await listed("Bia", "Guto")
        await drawn(page)
        await page.locator(".st-key-account").get_by_role("button", name="Guto").click()
        await page.get_by_role("button", name="Sair", exact=True).click()
        await sign_in(page, "Bia", passwords["Bia"])
        await listed("Bia")
        await drawn(page)
        await page.get_by_text("Minha equipe", exact=True).click()
        await listed("Bia", "Guto")
        await drawn(page)
        await page.get_by_text("De todos", exact=True).click()
        await listed("Bia", "Guto", "Alba")


async def test_an_open_page_is_taken_from_who_lost_the_access(page: Page, stack: Stack) -> None:
    stack.lead("Que não se vê mais", uf="MS")
    with team(stack) as passwords:
        await page.goto(f"{stack.ui_url}/kanban")
        await sign_in(page, "Bia", passwords["Bia"])
        card = page.locator(".card[data-id] .name", has_text="Que não se vê mais")
        await expect(card).to_be_visible()
        users = {one["name"]: one["id"] for one in stack.http.get("/users").json()["items"]}
        stack.http.delete(f"/admin/users/{users['Bia']}").raise_for_status()
        await titled(page, "Entrar", within=60_000)
        await expect(card).to_have_count(0)


async def test_the_first_person_is_added_on_the_settings_page(page: Page, stack: Stack) -> None:
    try:
        await page.goto(f"{stack.ui_url}/setup")
        await page.get_by_role("button", name="Cadastrar uma pessoa").click()
        asked = page.get_by_role("dialog")
        await asked.get_by_role("textbox", name="Nome").fill("Alba")
        await asked.get_by_role("textbox", name="E-mail").fill("alba@example.com")
        await asked.get_by_role("button", name="Cadastrar", exact=True).click()
        password = await asked.get_by_test_id("stCode").inner_text()
        await asked.get_by_role("button", name="Já copiei").click()
        await sign_in(page, "Alba", password.strip())
        await titled(page, "Configurações")
        await page.get_by_role("button", name="Alba").first.click()
        await page.get_by_role("textbox", name="Senha atual").fill(password.strip())
        await page.get_by_role("textbox", name="Nova senha").fill("cavalo bem selado")
        await page.get_by_role("button", name="Trocar a senha").click()
        await expect(page.get_by_text("Senha trocada")).to_be_visible()
    finally:
        nobody(stack)
