"""The inbox on the page of today: who is to be called, why, what to say, and what came of it."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.ui.test_accessibility import faults
from tests.ui.test_model import execute
from tests.ui.test_setup import confirm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOT = {"orcamento_faixa": "60k+", "prazo_compra": "7d", "whatsapp": "34 99999-1234"}


VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { value: {
  cancel() {}, speak(said) { window.spoken.push([said.text, said.lang]); },
} });
"""


@asynccontextmanager
async def looked_for(stack: Stack, **thresholds: float) -> AsyncIterator[None]:
    """Have alerts be opened, and then none; leave nothing decided."""
    stack.http.put("/admin/policy", json={"alerts": thresholds}).raise_for_status()
    try:
        yield
    finally:
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")


def alert_of(stack: Stack, name: str, **answers: str) -> dict[str, Any]:
    """Return the alert of a new hot lead, once it is open."""
    lead = stack.lead(name, **HOT | answers)
    stack.fire(lead["id"], "cta_click", "hook_complete", "asked_price")
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        answer = stack.http.get("/api/alerts", params={"q": name, "top_n": 1000})
        for item in answer.json()["items"]:
            if item["leadId"] == lead["id"]:
                found: dict[str, Any] = item
                return found
        time.sleep(0.1)  # another process opens it
    message = f"no alert of {name} within a minute"
    raise TimeoutError(message)


def now(stack: Stack, alert: dict[str, Any]) -> dict[str, Any]:
    """Return an alert as it is now."""
    said: dict[str, Any] = stack.http.get(f"/api/alerts/{alert['id']}").json()
    return said


async def test_an_alert_is_called_and_answered(page: Page, stack: Stack) -> None:
    async with looked_for(stack, waiting=70):
        alert = alert_of(stack, "Rita Alerta", uf="RJ")
        await page.goto(f"{stack.ui_url}/today")
        box = page.locator(f".st-key-alert-{alert['id']}")
        await expect(box).to_contain_text("Quente e esperando")
        await expect(box).to_contain_text("espera resposta há")
        await expect(box).to_contain_text("combine o próximo passo")
        await expect(box).to_contain_text("em jogo")
        assert await faults(page) == []
        call = page.locator(f".st-key-alert-call-{alert['id']}").get_by_role("link")
        await expect(call).to_have_attribute("href", "tel:+5534999991234")
        await call.click()
        await box.get_by_role("button", name="Orçamento confirmado").click()
        await expect(box).to_be_hidden()
        assert now(stack, alert)["closedReason"] == "answered"


async def test_an_alert_is_read_aloud(page: Page, stack: Stack) -> None:
    async with looked_for(stack, waiting=70):
        alert = alert_of(stack, "Rosa Alerta", uf="RJ")
        await page.add_init_script(VOICE)
        await page.goto(f"{stack.ui_url}/today")
        box = page.locator(f".st-key-alert-{alert['id']}")
        await box.get_by_role("button", name="Ouvir").click()
        [[text, language]] = await page.evaluate("window.spoken")
        assert text.startswith("Rosa Alerta. Está com nota")
        assert language == "pt-BR"


async def test_an_alert_is_done_put_off_or_no_use(page: Page, stack: Stack) -> None:
    async with looked_for(stack, waiting=70):
        found = {name: alert_of(stack, f"{name} Alerta", uf="RS") for name in ("Ema", "Eva", "Eli")}
        await page.goto(f"{stack.ui_url}/today")
        for name, button, state in (
            ("Ema", "Feito", "done"),
            ("Eva", "Amanhã", "snoozed"),
            ("Eli", "Não serve", "closed"),
        ):
            box = page.locator(f".st-key-alert-{found[name]['id']}")
            await box.get_by_role("button", name=button).click()
            await expect(box).to_be_hidden()
            assert now(stack, found[name])["state"] == state
        assert now(stack, found["Eli"])["feedback"]["result"] == "wrong"
        await page.get_by_text("Como os alertas se saem").click()
        await expect(page.get_by_text("certos, de")).to_be_visible()


async def test_the_team_says_of_what_alerts_are_opened(page: Page, stack: Stack) -> None:
    try:
        await execute(
            stack,
            "INSERT INTO galope.score_history"
            " (lead_id, scored_at, cause, score_after, probability, points, model_version)"
            " SELECT id, now() - interval '30 days', 'x', 80, 0.5, '[]', 0 FROM leads LIMIT 1",
        )
        await page.goto(f"{stack.ui_url}/setup")
        await page.get_by_text("Quente e esperando").click()
        await expect(page.get_by_text("Com 70, nos últimos 30 dias")).to_be_visible()
        capture = page.get_by_text("Compra fora", exact=True)
        await capture.click()
        await expect(page.get_by_text("Do passado não se pode contar")).to_be_visible()
        await capture.click()
        await expect(page.get_by_text("Do passado não se pode contar")).to_be_hidden()
        await page.locator(".st-key-save-motives").get_by_role("button").click()
        await confirm(page)
        decided = stack.http.get("/admin/policy").json()["in_force"]["alerts"]
        assert decided == {"waiting": 70}
    finally:
        await execute(stack, "DELETE FROM galope.score_history WHERE cause = 'x'")
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")


async def test_a_lead_s_own_page_shows_its_alerts(page: Page, stack: Stack) -> None:
    async with looked_for(stack, waiting=70):
        alert = alert_of(stack, "Lia Alerta", uf="RJ")
        await page.goto(f"{stack.ui_url}/lead?id={alert['leadId']}")
        box = page.locator(f".st-key-alert-{alert['id']}")
        await expect(box).to_contain_text("espera resposta há")
        await expect(box).to_contain_text("em jogo")
        await box.get_by_role("button", name="Amanhã").click()
        await expect(box).to_contain_text("Adiado até")
        assert await faults(page) == []
        await box.get_by_role("button", name="Não serve").click()
        await expect(box).to_be_hidden()
        await page.get_by_text("Alertas encerrados (1)").click()
        over = page.locator(".st-key-alerts_over")
        await expect(over).to_contain_text("Quente e esperando: Não era útil")
        await expect(over).not_to_contain_text("Não serve")
