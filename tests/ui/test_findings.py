"""The page of findings: what is odd, settled by a click, and a merge undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


def of(page: Page, name: str, kind: str) -> Locator:
    """The finding of a kind about a lead."""
    return page.locator("[class*=st-key-finding-]", has_text=f"{name} · {kind}")


async def test_two_leads_are_merged_and_parted(page: Page, stack: Stack) -> None:
    first = stack.lead("Zuleica Tavares Moura", uf="RS", whatsapp="+55 51 99123-4567")
    second = stack.lead("zuleica tavares", uf="RS", whatsapp="5191234567")
    await page.goto(f"{stack.ui_url}/findings")
    await page.get_by_role("button", name="Procurar agora").click()
    twice = of(page, "Zuleica Tavares Moura", "Lead repetido")
    await expect(twice).to_contain_text("Parece o mesmo lead que zuleica tavares", timeout=60_000)
    await twice.get_by_role("button", name="Unir").click()
    await expect(page.get_by_role("status").filter(has_text="Leads unidos")).to_be_visible()
    assert stack.http.get(f"/leads/{second['id']}").status_code == 404
    await page.get_by_text("Resolvidos", exact=True).click()
    await expect(twice).to_contain_text("Unido em")
    await twice.get_by_role("button", name="Desfazer a decisão").click()
    await expect(page.get_by_role("status").filter(has_text="Em aberto de novo")).to_be_visible()
    assert stack.read(second["id"])["nome"] == "zuleica tavares"
    assert stack.read(first["id"])["nome"] == "Zuleica Tavares Moura"


async def test_a_contradiction_is_ignored_for_ever(page: Page, stack: Stack) -> None:
    stack.lead("Quirino Apressado", uf="RS", prazo_compra="7d", orcamento_faixa="")
    stack.http.post("/admin/ml/anomalies", timeout=100).raise_for_status()
    await page.goto(f"{stack.ui_url}/findings")
    hurry = of(page, "Quirino Apressado", "Pressa sem orçamento")
    await hurry.get_by_role("button", name="Ignorar para sempre").click()
    await expect(hurry).to_have_count(0)
    stack.http.post("/admin/ml/anomalies", timeout=100).raise_for_status()
    items = stack.http.get("/ml/anomalies", params={"settled": True}).json()["items"]
    assert [item["settlement"] for item in items if item["name"] == "Quirino Apressado"] == [
        "ignored"
    ]
    await page.goto(f"{stack.ui_url}/findings")
    await expect(page.get_by_role("heading", name="Achados")).to_be_visible()
    await expect(hurry).to_have_count(0)
