"""Several leads changed at once, and the change undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import choose, idle
from tests.ui.people import team
from tests.ui.test_pages import tick

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ticked(page: Page, count: int) -> None:
    """Tick the first rows of the list."""
    await expect(page.get_by_text(f"Leads: {count}", exact=True)).to_be_visible()
    for row in range(count):
        await tick(page, row)
        await expect(page.get_by_text(f"Mudar marcados ({row + 1})")).to_be_visible()


async def changed(page: Page, count: int, what: str, value: str) -> None:
    """Change all ticked leads."""
    await page.get_by_role("button", name=f"Mudar marcados ({count})").click()
    asked = page.get_by_role("dialog")
    await asked.get_by_text(what, exact=True).first.click()
    await idle(page)
    await choose(asked.get_by_role("combobox", name="Para"), value)
    await asked.get_by_role("button", name="Mudar", exact=True).click()
    await expect(asked).to_be_hidden()


async def undone(page: Page, count: int) -> None:
    """Take the last change back."""
    await page.get_by_role("button", name=f"Desfazer a última mudança ({count})").click()
    await expect(page.get_by_text(f"Desfeito: {count}")).to_be_visible()


async def test_a_segment_is_changed_in_bulk_and_back(page: Page, stack: Stack) -> None:
    leads = [stack.lead("Em massa", uf="PB"), stack.lead("Aos montes", uf="PB")]
    await page.goto(f"{stack.ui_url}/leads?uf=PB")
    await ticked(page, 2)
    await changed(page, 2, "Segmento", "Eventos")
    segments = {stack.read(lead["id"])["segmento_interesse"] for lead in leads}
    assert segments == {"EVENTOS"}
    await undone(page, 2)
    segments = {stack.read(lead["id"])["segmento_interesse"] for lead in leads}
    assert segments == {"CAVALOS"}


async def test_leads_are_lost_in_bulk_and_found_again(page: Page, stack: Stack) -> None:
    leads = {stack.lead(name, uf="RN")["id"] for name in ("Perdida", "Desistente")}
    await page.goto(f"{stack.ui_url}/leads?uf=RN")
    await ticked(page, 2)
    await changed(page, 2, "Dar por perdidos", "Perdeu o interesse")
    lost = stack.http.get("/crm/lost").json()
    assert {lead: lost.get(lead) for lead in leads} == dict.fromkeys(leads, "lost_interest")
    await undone(page, 2)
    await page.get_by_test_id("stSidebarNavLink").filter(has_text="Kanban").click()
    await expect(page.locator(".card[data-id]")).to_have_count(2)
    assert not leads & stack.http.get("/crm/lost").json().keys()


async def test_leads_are_given_to_somebody_in_bulk_and_back(page: Page, stack: Stack) -> None:
    lead, others = stack.lead("De ninguém", uf="ES"), stack.lead("De outra pessoa", uf="ES")
    with team(stack):
        user = stack.http.post("/session", json={"email": "guto@example.com"}).json()
        give = {"lead_ids": [others["id"]], "owner": "Bia"}
        stack.http.put("/crm/owners", json=give).raise_for_status()
        address = {"name": "galope_session", "value": user["token"], "url": stack.ui_url}
        await page.context.add_cookies([address])  # type: ignore[list-item]
        await page.goto(f"{stack.ui_url}/leads?uf=ES")
        await ticked(page, 2)
        await changed(page, 2, "Responsável", "Guto")
        owners = stack.http.get("/crm/owners").json()
        assert (owners[lead["id"]], owners[others["id"]]) == ("Guto", "Guto")
        await undone(page, 2)
        assert stack.http.get("/crm/owners").json() == {others["id"]: "Bia"}
