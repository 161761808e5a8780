"""Webhooks on the settings page: added with a secret shown once, tried again, removed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.test_accessibility import faults
from tests.ui.test_model import execute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

PUBLIC = "https://93.184.216.34/hook"

WAITING = """
INSERT INTO galope.webhook_delivery
    (webhook_id, lead_id, topic, occurred_at, facts, attempts, try_at, problem, parked_at)
SELECT w.id, l.id, 'outcome.known', now() - interval '4 days', '{}', 9, now() + interval '1 day',
       'answered 500', p
FROM galope.webhook AS w, leads AS l, (VALUES (now()), (NULL)) AS v (p) WHERE l.nome = 'Avisada'
"""
"""Of one lead something that was given up, and something that waits."""


@asynccontextmanager
async def no_webhooks_left(stack: Stack) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await execute(stack, "DELETE FROM galope.webhook")


async def test_a_secret_is_shown_once_and_a_wrong_address_refused(page: Page, stack: Stack) -> None:
    async with no_webhooks_left(stack):
        await page.goto(f"{stack.ui_url}/setup")
        await expect(page.get_by_text("Ninguém é avisado por HTTP")).to_be_visible()
        await page.get_by_role("button", name="Avisar um endereço").click()
        dialog = page.get_by_role("dialog")
        send = dialog.get_by_role("button", name="Avisar", exact=True)
        told = dialog.get_by_test_id("stAlert")
        await send.click()
        await expect(told).to_contain_text("Escreva o endereço e escolha")
        topics = dialog.get_by_role("combobox", name="Avisar quando")
        for topic in ("um experimento é concluído", "a nota cruza um valor"):
            await topics.fill(topic)
            await topics.press("Enter")
            await expect(dialog.get_by_test_id("stMultiSelect")).to_contain_text(topic)
        await topics.blur()
        threshold = dialog.get_by_role("spinbutton", name="Nota que, cruzada")
        await expect(threshold).to_have_value("70")
        url = dialog.get_by_role("textbox", name="Endereço")
        await url.fill("https://10.1.2.3/hook")
        await send.click()
        await expect(told).to_contain_text("10.1.2.3 é um endereço privado")
        await url.fill(PUBLIC)
        await send.click()
        await expect(dialog.locator("code")).to_contain_text("whsec_")
        secret = await dialog.locator("code").inner_text()
        await dialog.get_by_role("button", name="Já copiei").click()
        listed = page.get_by_text("um experimento é concluído, a nota cruza 70")
        await expect(listed).to_be_visible()
        await expect(page.get_by_text("nada por entregar")).to_be_visible()
        assert secret not in await page.content()
        (item,) = stack.http.get("/admin/webhooks").json()["items"]
        assert (item["url"], item["threshold"]) == (PUBLIC, 70)
        assert item["topics"] == ["experiment.concluded", "score.crossed"]


async def test_what_was_given_up_is_tried_again_and_forgotten_with_its_address(
    page: Page, stack: Stack
) -> None:
    lead = stack.lead("Avisada", uf="SE")
    body = {"url": PUBLIC, "topics": ["outcome.known"]}
    async with no_webhooks_left(stack):
        stack.http.post("/admin/webhooks", json=body).raise_for_status()
        await execute(stack, WAITING)
        await page.goto(f"{stack.ui_url}/setup")
        await expect(page.get_by_text("desistiu de 1 depois de três dias")).to_be_visible()
        await expect(page.get_by_text("último problema: respondeu 500")).to_be_visible()
        await page.get_by_role("button", name="O que não foi entregue").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("link", name="Ver lead")).to_have_count(2)
        assert await faults(page) == []
        await expect(dialog.get_by_text("tentativas: 9 · desistiu em")).to_be_visible()
        await expect(dialog.get_by_text("tentativas: 9 · tenta de novo em")).to_be_visible()
        link = dialog.get_by_role("link", name="Ver lead").first
        assert lead["id"] in (await link.get_attribute("href") or "")
        await dialog.get_by_role("button", name="Tentar de novo as desistidas").click()
        await expect(page.get_by_text("2 por entregar, desde")).to_be_visible()
        await expect(page.get_by_text("desistiu de 1")).to_have_count(0)
        await page.get_by_role("button", name="Tirar", exact=True).click()
        await expect(dialog).to_contain_text("o que falta entregar é esquecido")
        await dialog.get_by_role("button", name="Sim, tirar").click()
        await expect(page.get_by_text("Ninguém é avisado por HTTP")).to_be_visible()
        assert stack.http.get("/admin/webhooks").json()["items"] == []


async def test_it_is_paused_and_says_how_many_wait_until_it_is_resumed(
    page: Page, stack: Stack
) -> None:
    stack.lead("Avisada em pausa", uf="AP")
    later = WAITING.replace("'Avisada'", "'Avisada em pausa'")
    async with no_webhooks_left(stack):
        stack.http.post("/admin/webhooks", json={"url": PUBLIC, "topics": ["outcome.known"]})
        await execute(stack, later)
        await page.goto(f"{stack.ui_url}/setup")
        await page.get_by_role("button", name="Pausar").click()
        await expect(page.get_by_text("em pausa desde")).to_contain_text("1 por entregar, desde")
        (item,) = stack.http.get("/admin/webhooks").json()["items"]
        assert item["paused_at"] is not None
        await page.get_by_role("button", name="Retomar").click()
        await expect(page.get_by_text("em pausa desde")).to_have_count(0)
        await expect(page.get_by_role("button", name="Pausar")).to_be_visible()
        (item,) = stack.http.get("/admin/webhooks").json()["items"]
        assert item["paused_at"] is None
