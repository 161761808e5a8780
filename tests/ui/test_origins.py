"""The marketer's page: how far leads come, and how many are expected to qualify."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import choose

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_funnel_says_how_many_leads_reached_each_stage(page: Page, stack: Stack) -> None:
    stack.lead("No funil", uf="CE")
    lead = stack.lead("Até o fim do funil", uf="CE")
    move = {"lead_id": lead["id"], "stage": "QUALIFICADO"}
    stack.http.post("/crm/move", json=move).raise_for_status()
    stack.http.post("/handoff", json={"lead_id": lead["id"]}).raise_for_status()
    stages = {one["stage"]: one["leads"] for one in stack.http.get("/funnel").json()["stages"]}
    assert stages["INBOX"] >= 2
    assert stages["ENVIADO"] >= 1
    await page.goto(f"{stack.ui_url}/origins")
    table = page.locator(".g-origins", has_text="Chegaram a")
    sent = table.locator("tr", has_text="Enviado").locator("td").first
    await expect(sent).to_have_text(str(stages["ENVIADO"]))
    await expect(
        page.get_by_text(re.compile(r"entre \d+ e \d+ ainda devem qualificar"))
    ).to_be_visible()


async def test_what_a_campaign_cost_is_set_against_its_leads(page: Page, stack: Stack) -> None:
    for number in range(4):
        lead = stack.lead(f"Paga {number}", uf="CE")
        event = {"lead_id": lead["id"], "event_type": "page_view",
                 "metadata": {"utm_campaign": "campanha-paga"}}  # fmt: skip
        stack.http.post("/events", json=event).raise_for_status()
    await page.goto(f"{stack.ui_url}/origins")
    row = page.locator(".g-origins tr", has_text="campanha-paga")
    await expect(row.locator("td").first).to_have_text("4")
    await page.get_by_text("Custos", exact=True).click()
    await choose(page.get_by_role("combobox", name="Campanha"), "campanha-paga")
    await page.get_by_role("textbox", name="Valor").fill("R$ 1.000,40")
    await page.get_by_role("button", name="Registrar custo").click()
    await expect(row).to_contain_text("R$ 250,10")
    await page.get_by_role("button", name="Desfazer").click()
    await expect(row).not_to_contain_text("R$")
    assert stack.http.get("/origins/costs").json()["items"] == []
