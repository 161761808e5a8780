"""Every page by axe-core, by keyboard, and by the size of what is to be hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from domain.catalogue import LANGUAGES
from tests.ui.browser import drawn, hears_keys, new_page
from tests.ui.test_pages import NAMES
from ui.translator import texts

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = ("overview", "today", "kanban", "lead", "leads", "clients", "partners", "create",
         "import", "findings", "segments", "origins", "experiments", "model",
         "setup")  # fmt: skip
SIZES = {"desktop": (1380, 900), "phone": (390, 844)}
SERIOUS = {"critical", "serious"}
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
QUALIFYING = ("budget_confirmed", "timeline_confirmed", "need_confirmed", "hook_complete")
STILL = "[data-stale] { transition: none !important; opacity: 1 !important }"
"""What is redrawn fades for a moment: its colours are not those that people read."""

TABS = 12
"""Stops of the Tab key to the first qualified lead, at the most, past the menu by its link."""

FOCUSED = """() => {
    let node = document.activeElement;
    while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    return node.textContent;
}"""
CUT_OFF = """(labels) => labels
    .flatMap((label) => [label, ...label.querySelectorAll("*")])
    .filter((one) => one.textContent && one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
    .map((one) => one.textContent)"""
SMALL = """() => {
    const small = [];
    const walk = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) walk(one.shadowRoot);
            if (!one.matches("button, a[href], select, summary, input:not([type=hidden])")) {
                continue;
            }
            const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
            const shown = one.checkVisibility({ visibilityProperty: true }) && width > 1;
            if (shown && Math.min(width, height) < 23.9) small.push(one.outerHTML.slice(0, 120));
        }
    };
    walk(document.querySelector('[data-testid="stMain"]'));
    return small;
}"""


async def faults(page: Page) -> list[tuple[str, str, list[Any]]]:
    """Return what axe-core finds: how bad, the rule, and where."""
    await page.add_style_tag(content=STILL)
    found = (await Axe().run(page, options=OPTIONS)).response["violations"]
    return [
        (one["impact"], one["id"], [node["target"] for node in one["nodes"]])
        for one in found
        if one["impact"] in SERIOUS or one["id"] == "heading-order"
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_no_fault_on_any_page(browser: Browser, stack: Stack, size: str) -> None:
    lead = stack.lead(f"Acessível {size}", whatsapp="+55 34 912345678", email="a@example.com")
    stack.fire(lead["id"], *QUALIFYING)
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="pt-BR", has_touch=size == "phone"
    )
    page, found = await new_page(context), {}
    for name in PAGES:
        path = {"overview": "", "lead": f"lead?id={lead['id']}"}.get(name, name)
        await page.goto(f"{stack.ui_url}/{path}")
        await drawn(page)
        found[name] = await faults(page)
    await page.goto(f"{stack.ui_url}/kanban")
    await page.locator(f'.card[data-id="{lead["id"]}"] .name').click()
    await expect(page.get_by_role("dialog").locator(".g-score")).to_be_visible()
    found["drawer"] = await faults(page)
    await context.close()
    assert {name: one for name, one in found.items() if one} == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_document_is_in_the_readers_language(
    page: Page, stack: Stack, language: str
) -> None:
    await page.goto(f"{stack.ui_url}/setup?lang={NAMES[language]}")
    await expect(page).to_have_title(f"{texts(language)['page.setup']} · Galope")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    skip = page.get_by_role("link", name=texts(language)["widget.skip"])
    await expect(skip).to_have_attribute("href", "#stMain")


async def test_the_first_qualified_lead_is_a_few_keys_away(page: Page, stack: Stack) -> None:
    for number in range(6):
        stack.lead(f"No caminho {number}", uf="PA")
    hot = stack.lead("Alcançada", uf="PA")
    stack.fire(hot["id"], *QUALIFYING)
    await page.goto(f"{stack.ui_url}/kanban?uf=PA")
    first = page.locator('.column[data-stage="QUALIFICADO"] .card[data-id] .name').first
    await expect(first).to_be_visible()
    await hears_keys(page)
    await page.keyboard.press("Tab")
    stops: list[str] = [await page.evaluate(FOCUSED)]
    assert stops == ["Ir para o conteúdo"]
    await page.keyboard.press("Enter")
    while await first.inner_text() not in stops:
        assert len(stops) <= TABS, stops
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(FOCUSED))


async def test_arrow_keys_go_through_the_board(page: Page, stack: Stack) -> None:
    for number in range(2):
        stack.lead(f"Andada {number}")
    stack.fire(stack.lead("Ao lado")["id"], "hook_complete")
    await page.goto(f"{stack.ui_url}/kanban")
    inbox = page.locator('.column[data-stage="INBOX"] .card[data-id] .name')
    warm = page.locator('.column[data-stage="AQUECENDO"] .card[data-id] .name')
    await expect(warm.first).to_be_visible()
    await inbox.first.focus()
    for key, there in (
        ("ArrowDown", inbox.nth(1)),
        ("ArrowRight", warm.first),
        ("ArrowLeft", inbox.nth(1)),
        ("Home", inbox.first),
        ("ArrowUp", inbox.first),
        ("End", inbox.last),
    ):
        await page.keyboard.press(key)
        await expect(there).to_be_focused()


async def escaped(page: Page, opener: Locator, key: str) -> None:
    """Open a dialog by a key and leave it by Escape: what opened it has the focus again."""
    await opener.press(key)
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(opener).to_be_focused()


async def test_escape_gives_the_focus_back(page: Page, stack: Stack) -> None:
    lead = stack.lead("Devolvida")
    await page.goto(f"{stack.ui_url}/kanban")
    card = page.locator(f'.card[data-id="{lead["id"]}"]')
    await escaped(page, card.locator(".name"), "Enter")
    await escaped(page, card.locator("select"), "Q")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await escaped(page, page.get_by_role("button", name="Corrigir cadastro"), "Enter")


async def test_numbers_on_a_phone_say_what_they_count(page: Page, stack: Stack) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(stack.ui_url)
    await drawn(page)
    labels = page.get_by_test_id("stMetricLabel")
    await expect(labels).to_have_count(4)
    assert await labels.evaluate_all(CUT_OFF) == []


@pytest.mark.parametrize("name", ["kanban", "lead", "setup"])
async def test_nothing_to_hit_is_small(page: Page, stack: Stack, name: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    lead = stack.lead("Tocada", whatsapp="+55 34 912345678")
    stack.fire(lead["id"], "page_view", "hook_complete", "cta_click")
    await page.goto(f"{stack.ui_url}/{name}?id={lead['id']}")
    await drawn(page)
    assert await page.evaluate(SMALL) == []
