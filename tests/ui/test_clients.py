"""The page of customers: who they are, what they will buy, and how they bought so far."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from online_models.customer_value import ValueModel
from tests.ui.test_accessibility import faults
from tests.ui.test_model import execute
from tests.ui.test_setup import confirm
from ui.translator import texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = texts("pt-BR")
DECLARED = {"event_amount": "amount", "event_labels": ["family"]}
MODEL = ValueModel(0.5, 60.0, 0.8, 2.5, 6.0, 4.0, 500.0)
FITTED = (
    "INSERT INTO galope.value_model (model, customers)"
    f""" VALUES ('{str(MODEL.to_json()).replace("'", '"')}', 60)"""
)
SLOW = 60_000
"""Milliseconds within which a purchase is on the page, which looks every ten seconds."""


def buys(stack: Stack, lead_id: str, ago: int, amount: float, family: str) -> None:
    """Record a purchase of so many days ago."""
    event = {
        "lead_id": lead_id,
        "event_type": "purchase" if amount >= 0 else "return",
        "ts": (datetime.now(UTC) - timedelta(days=ago)).isoformat(),
        "metadata": {"amount": amount, "family": family},
    }
    stack.http.post("/events", json=event).raise_for_status()


async def test_a_customers_value_rhythm_and_families(page: Page, stack: Stack) -> None:
    lead = stack.lead("Compradora do Rio", uf="RJ", cidade="Petrópolis")
    try:
        stack.http.put("/admin/policy", json=DECLARED).raise_for_status()
        await page.goto(f"{stack.ui_url}/clients?uf=RJ&client={lead['id']}")
        for ago in range(5, 245, 30):
            buys(stack, lead["id"], ago, 1_000, "ração")
        buys(stack, lead["id"], 40, 500, "selaria")
        buys(stack, lead["id"], 30, -200, "selaria")
        await page.goto(f"{stack.ui_url}/clients?uf=RJ&client={lead['id']}")
        figures = page.get_by_test_id("stMetric")
        await expect(figures.first).to_contain_text("1", timeout=SLOW)
        await expect(page.get_by_text(TEXTS["clients.not_fitted"])).to_be_visible()
        await page.goto(f"{stack.ui_url}/clients?uf=RJ&client={lead['id']}")
        client = page.locator(".st-key-client")
        facts = client.locator(".g-facts")
        await expect(facts).to_contain_text("R$ 8.500", timeout=SLOW)
        await expect(client.get_by_role("heading").first).to_have_text(
            "Compradora do Rio · Campeões"
        )
        await expect(facts).to_contain_text("Agradecer e pedir uma indicação")
        await expect(facts).to_contain_text("Alertas abertos")
        await execute(stack, FITTED)
        await expect(facts.get_by_text("entre", exact=False).first).to_be_visible(timeout=SLOW)
        await expect(client.get_by_test_id("stVegaLiteChart")).to_have_count(2)
        await expect(client).to_contain_text(TEXTS["clients.families"])
        assert await faults(page) == []
        await client.get_by_role("link", name=TEXTS["lead.open"]).click()
        await expect(page.get_by_role("heading", name="Compradora do Rio")).to_be_visible()
    finally:
        await execute(stack, "TRUNCATE galope.value_model RESTART IDENTITY")
        stack.http.delete(f"/leads/{lead['id']}").raise_for_status()
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")


async def test_before_anybody_bought_the_page_says_what_counts(page: Page, stack: Stack) -> None:
    await page.goto(f"{stack.ui_url}/clients")
    await expect(page.get_by_text(TEXTS["clients.none_yet"])).to_be_visible()


def counted(stack: Stack, **kinds: int) -> None:
    """Return once the customer is counted, and of one kind there are so many."""
    [(name, count)] = kinds.items()
    deadline = time.monotonic() + SLOW / 1_000
    while time.monotonic() < deadline:
        items = stack.http.get("/api/distribution/segment").json()["items"]
        found = {item["name"]: item["count"] for item in items}
        if found.get(name) == count and any(found.values()):
            return
        time.sleep(0.1)  # another process reads what was bought
    message = f"customers were not counted within {SLOW / 1_000:g} s"
    raise TimeoutError(message)


@asynccontextmanager
async def champion(stack: Stack, name: str, uf: str) -> AsyncIterator[None]:
    """Have one customer, a champion by the kinds of everybody, and no decision afterwards."""
    lead = stack.lead(name, uf=uf)
    try:
        stack.http.put("/admin/policy", json=DECLARED).raise_for_status()
        for ago in range(5, 185, 20):
            buys(stack, lead["id"], ago, 1_000, "ração")
        counted(stack, champions=1)
        yield
    finally:
        stack.http.delete(f"/leads/{lead['id']}").raise_for_status()
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")


async def test_kinds_are_named_and_ordered_and_given_back(page: Page, stack: Stack) -> None:
    async with champion(stack, "Comprador de Porto Velho", "RO"):
        await page.goto(f"{stack.ui_url}/setup")
        champions, loyal, lost = [
            page.locator(f".st-key-kinds-{kind}") for kind in ("champions", "loyal", "lost")
        ]
        await expect(champions).to_contain_text("hoje: 1")
        assert await faults(page) == []
        save = page.locator(".st-key-save-kinds").get_by_role("button")
        name = loyal.get_by_role("textbox", name="Nome")
        await name.fill("Campeões")
        await name.press("Tab")
        await expect(page.get_by_text("Cada tipo precisa de um nome")).to_be_visible()
        await expect(save).to_be_disabled()
        await name.fill("Da casa")
        await name.press("Tab")
        await expect(page.get_by_text("Cada tipo precisa de um nome")).to_be_hidden()
        await loyal.get_by_role("button", name="Subir").click()
        await expect(loyal).to_contain_text("hoje: 0; assim: 1")
        await expect(loyal.get_by_role("button", name="Subir")).to_be_hidden()
        await expect(lost.get_by_role("button", name="Subir")).to_be_hidden()
        await save.click()
        await confirm(page)
        counted(stack, **{"Da casa": 1})
        await page.reload()  # how many there are is asked once, and a decision takes a moment
        await expect(page.locator(".st-key-kinds-Da-casa")).to_contain_text("hoje: 1")
        force = stack.http.get("/admin/policy").json()["in_force"]["customer_segments"]
        assert [kind["name"] for kind in force[:3]] == ["Da casa", "champions", "promising"]
        await page.get_by_role("button", name="Desfazer").click()
        await confirm(page)
        await expect(name).to_have_value("Leais")
        counted(stack, champions=1)
        await page.reload()  # how many there are is asked once, and a decision takes a moment
        await expect(champions).to_contain_text("hoje: 1")


async def test_the_bounds_of_kinds_are_tried_decided_and_given_back(
    page: Page, stack: Stack
) -> None:
    async with champion(stack, "Comprador de Palmas", "TO"):
        await page.goto(f"{stack.ui_url}/setup")
        champions = page.locator(".st-key-kinds-champions")
        await expect(champions).to_contain_text("hoje: 1")
        assert await faults(page) == []
        days = champions.get_by_role("textbox", name="Dias desde o último pedido")
        await days.fill("2")
        await days.press("Tab")
        await expect(champions).to_contain_text("hoje: 1; assim: 0")
        await page.locator(".st-key-save-kinds").get_by_role("button").click()
        await confirm(page)
        await expect(page.get_by_text("sem chave · tipos de clientes")).to_be_visible()
        counted(stack, champions=0)
        await page.reload()
        await expect(champions).to_contain_text("hoje: 0")
        force = stack.http.get("/admin/policy").json()["in_force"]["customer_segments"]
        assert force[0] == {"name": "champions", "days": 2, "orders": 6, "spent": 1}
        await page.get_by_role("button", name="Voltar aos de costume").click()
        await confirm(page)
        counted(stack, champions=1)
        await page.reload()
        await expect(champions).to_contain_text("hoje: 1")
