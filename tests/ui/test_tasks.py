"""What people come for, in few clicks: each is counted by the browser from opening the admin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import new_page
from tests.ui.phone import PHONE

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOT_BY = ("hook_complete", "cta_click", "whatsapp_reply", "asked_price")

COUNTING = """
addEventListener("click", (event) => {
  // A label's click is passed on to what it labels.
  if (event.isTrusted && event.detail) window.clicks = (window.clicks ?? 0) + 1;
}, true);
"""


async def opened(page: Page, stack: Stack) -> None:
    """Open the admin, with its clicks counted."""
    await page.add_init_script(COUNTING)
    await page.goto(stack.ui_url)


async def clicks(page: Page) -> int:
    """Return how often was clicked since the admin was opened."""
    counted: int = await page.evaluate("window.clicks ?? 0")
    return counted


async def go(page: Page, name: str) -> None:
    """Go to a page by the sidebar."""
    await page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()


async def test_call_the_hottest_lead_and_record_what_came_of_it(page: Page, stack: Stack) -> None:
    lead = stack.lead(
        "Maria Quente", whatsapp="34 99999-7777", orcamento_faixa="60k+", prazo_compra="7d"
    )
    stack.fire(lead["id"], *HOT_BY)
    await opened(page, stack)
    await go(page, "Hoje")
    await page.locator(f".st-key-contact-call-{lead['id']}").get_by_role("link").click()
    assert await clicks(page) == 2
    await page.get_by_role("button", name="Orçamento confirmado").click()
    assert await clicks(page) - 2 <= 2
    await expect(page.get_by_text(re.compile(r"Nota: \d+ → \d+"))).to_be_visible()
    items = stack.http.get(f"/leads/{lead['id']}/timeline").json()["items"]
    told = {(item["kind"], item["type"]) for item in items}
    assert told >= {("event", "crm_contact"), ("event", "budget_confirmed")}


async def test_the_hottest_lead_is_called_from_a_phone_in_two_taps(
    browser: Browser, stack: Stack
) -> None:
    lead = stack.lead("Que espera", whatsapp="34 99999-8888", orcamento_faixa="60k+", uf="SE")
    stack.fire(lead["id"], *HOT_BY, days_ago=40)
    context = await browser.new_context(**PHONE)
    try:
        page = await new_page(context)
        await opened(page, stack)
        await page.locator(f".st-key-waiting-{lead['id']}").get_by_role("link").tap()
        call = page.locator(f".st-key-contact-call-{lead['id']}").get_by_role("link")
        await expect(call).to_have_attribute("href", "tel:+5534999998888")
        await call.tap()
        assert await clicks(page) == 2
        await expect(page.get_by_text("O que deu?")).to_be_visible()
    finally:
        await context.close()


async def test_import_50_leads(page: Page, stack: Stack) -> None:
    lines = [f"Tarefa {number};34 97777-{number:04d};Cavalos" for number in range(50)]
    content = "\r\n".join(("Nome;Telefone;Interesse", *lines)).encode("latin-1")
    await opened(page, stack)
    await go(page, "Importar leads")
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Escolher", exact=True).click()
    file = {"name": "leads.csv", "mimeType": "text/csv", "buffer": content}
    await (await choosing.value).set_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Importar 50 leads").click()
    await expect(
        page.get_by_test_id("stAlert").filter(has_text="Leads importados: 50")
    ).to_be_visible()
    assert await clicks(page) <= 5
    assert stack.http.get("/leads/count", params={"q": "Tarefa"}).json() == {"total": 50}


async def test_how_many_my_campaign_brought(page: Page, stack: Stack) -> None:
    for number in range(3):
        lead = stack.lead(f"Campanha {number}", uf="RO")
        metadata = {"utm_source": "google", "utm_campaign": "leilao-de-verao"}
        event = {"lead_id": lead["id"], "event_type": "page_view", "metadata": metadata}
        stack.http.post("/events", json=event).raise_for_status()
    await opened(page, stack)
    await go(page, "Origem dos leads")
    row = page.locator(".g-origins tr", has_text="leilao-de-verao")
    await expect(row.locator("td").first).to_have_text("3")
    assert await clicks(page) <= 2
