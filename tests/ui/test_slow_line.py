"""What the server says comes late; a page that was gone to stays, whatever drew itself before.

And one that was taken away comes back.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import drawn, idle, titled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page, WebSocketRoute

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE_S = 2.5
"""Longer than any part of the overview or of a lead waits until it is drawn again."""


@asynccontextmanager
async def slow_line(page: Page) -> AsyncIterator[asyncio.Event]:
    """Yield what, once set, makes the next message to the page and those behind it come late."""
    late, said, browsers = asyncio.Event(), asyncio.Queue[str | bytes](), []

    def between(browser: WebSocketRoute) -> None:
        browsers.append(browser)
        browser.connect_to_server().on_message(said.put_nowait)

    async def deliver() -> None:
        while True:
            message = await said.get()
            if late.is_set():
                await asyncio.sleep(LATE_S)
                late.clear()
            browsers[-1].send(message)

    await page.route_web_socket("**/_stcore/stream", between)
    delivering = asyncio.create_task(deliver())
    try:
        yield late
    finally:
        delivering.cancel()


async def test_a_page_that_was_gone_to_stays(page: Page, stack: Stack) -> None:
    lead = stack.lead("Que fica aberto", orcamento_faixa="60k+", uf="SE")
    stack.fire(lead["id"], "hook_complete", "cta_click", "whatsapp_reply", days_ago=50)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    async with slow_line(page) as late:
        await page.goto(stack.ui_url)
        await drawn(page)
        link = page.locator(f".st-key-waiting-{lead['id']}").get_by_role("link")
        await link.wait_for()
        late.set()
        await link.click()
        await titled(page, "Que fica aberto")
        await idle(page)
        score = page.locator(".g-score").first
        before = await score.get_attribute("data-score")
        stack.fire(lead["id"], "asked_price", "documents_sent")
        await expect(score).not_to_have_attribute("data-score", before or "")
        late.set()
        await page.go_back()
        await titled(page, "Visão geral")
        await idle(page)
        late.set()
        await page.get_by_test_id("stSidebarNavLink").filter(has_text="Hoje").click()
        await titled(page, "Hoje")
        await drawn(page)
    assert faults == []


async def test_a_lead_that_moved_by_itself_asks_nothing(page: Page, stack: Stack) -> None:
    lead = stack.lead("Que foi passada", uf="SE")
    stack.fire(
        lead["id"], "budget_confirmed", "timeline_confirmed", "need_confirmed", "hook_complete"
    )
    stage = page.get_by_role("combobox", name="Mover para")
    async with slow_line(page) as late:
        await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
        await drawn(page)
        await expect(stage).to_have_value("● Qualificado")
        late.set()  # the browser goes on telling what it shows, of a lead that is elsewhere
        handed = stack.http.post("/handoff", json={"lead_id": lead["id"], "channel": "email"})
        handed.raise_for_status()
        await expect(stage).to_have_value("➤ Enviado")
        await drawn(page)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_page_that_was_taken_away_is_loaded_again(page: Page, stack: Stack) -> None:
    await page.goto(f"{stack.ui_url}/leads")
    await titled(page, "Leads")
    await drawn(page)
    async with page.expect_navigation():
        await page.evaluate("document.getElementById('root').replaceChildren()")
    await titled(page, "Leads")
