"""What heads beside the primary one say of a lead, on its page, and how the team asks them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from bench.heads import model
from domain.policy import OURS
from online_models.rationale import Rationale
from postgres.connect import connect
from postgres.model_registry import keep_model, make_champion
from tests.ui.browser import add, choose, drawn
from tests.ui.test_accessibility import faults
from tests.ui.test_model import COMMAND_MS, MEASURES, execute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHERS = [
    {"name": "buy_60d", "converts": ["purchase"], "horizon_days": 60, "anchor": "rolling"},
    {"name": "churn_90d", "loses": ["purchase"], "horizon_days": 90, "anchor": "rolling"},
]


@asynccontextmanager
async def asked(stack: Stack) -> AsyncIterator[None]:
    """Have two heads asked, the first of which has a model; leave nothing decided."""
    try:
        stack.http.put("/admin/policy", json={"others": OTHERS}).raise_for_status()
        connection = await connect(stack.database, "test")
        why = Rationale("a test's", {})
        async with connection.transaction():
            version = await keep_model(connection, "buy_60d", model(OURS), why)
            await make_champion(connection, "buy_60d", version, why)
        await connection.close()
        yield
    finally:
        await execute(stack, "DELETE FROM galope.model_version")
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")


async def test_a_leads_page_shows_what_other_heads_say(page: Page, stack: Stack) -> None:
    lead = stack.lead("Dália Outra", uf="AC")
    async with asked(stack):
        stack.fire(lead["id"], "cta_click")
        await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
        await expect(page.get_by_role("heading", name="Outras perguntas")).to_be_visible()
        answer = page.locator('[data-head="buy_60d"]')
        await expect(answer).to_contain_text("buy_60d, em 60 dias")
        await expect(answer).to_contain_text("chance de")
        await expect(page.get_by_text("Deixa de comprar, em 90 dias")).to_be_visible()
        await expect(page.get_by_text("python -m offline.train --head churn_90d")).to_be_visible()
        await page.get_by_text("Por que: buy_60d, em 60 dias").click()
        [first, *_] = stack.http.get(f"/leads/{lead['id']}/heads").json()["items"]
        total = page.locator(".g-reasons tfoot").last
        await expect(total).to_contain_text(f"= {first['said']['score']}")
    await page.reload()
    await expect(page.get_by_role("heading", name="Por que esta nota")).to_be_visible()
    await expect(page.get_by_role("heading", name="Outras perguntas")).to_be_hidden()


async def ask_about(page: Page, question: str) -> None:
    """Have the page of models tell of a question."""
    await choose(page.get_by_role("combobox", name="Pergunta"), question)


async def test_the_page_of_models_tells_of_a_further_head(page: Page, stack: Stack) -> None:
    async with asked(stack):
        trained = MEASURES | {"confusion": [[70, 10], [5, 15]], "threshold": 0.5}
        await execute(
            stack, "UPDATE galope.model_version SET metrics = $1 WHERE head = 'buy_60d'",
            json.dumps(trained),
        )  # fmt: skip
        await page.goto(f"{stack.ui_url}/model")
        await expect(page.get_by_text("a nota é a soma das regras da equipe")).to_be_visible()
        await ask_about(page, "buy_60d, em 60 dias")
        for line in (
            "Comparando dois momentos, o que deu sim tinha a chance maior em 79% das vezes.",
            "De 25 momentos com chance de 50% ou mais, 60% deram sim (15).",
            "só se mede na pergunta do quadro",
            "A primeira conferência vem",
            "em uso · desde",
        ):
            await expect(page.get_by_text(line)).to_be_visible()
        await expect(page.get_by_text("qualific", exact=False)).to_have_count(0)
        assert await faults(page) == []
        await page.get_by_role("button", name="Conferir agora").click()
        answer = page.get_by_text("20 leads que deram sim e 20 que não")
        await expect(answer).to_be_visible(timeout=COMMAND_MS)
        await page.get_by_role("button", name="Aprender agora").click()
        await expect(page.get_by_text("poucas respostas para aprender")).to_be_visible(
            timeout=COMMAND_MS
        )
        await page.get_by_role("button", name="Voltar à anterior").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("a pergunta fica sem nota")
        await dialog.get_by_role("button", name="Sim, mudar").click()
        await expect(page.get_by_text("Nenhuma versão está em uso")).to_be_visible()
        await ask_about(page, "Deixa de comprar, em 90 dias")
        await expect(page.get_by_text("Nenhuma versão está em uso")).to_be_hidden()
        await expect(page.get_by_text("esta pergunta não tem nota")).to_be_visible()


async def test_the_page_of_models_tells_how_a_further_head_did(page: Page, stack: Stack) -> None:
    async with asked(stack):
        await execute(
            stack,
            "INSERT INTO galope.model_metric (head, version, contender, metrics)"
            " SELECT 'buy_60d', version, 'champion', $1 FROM galope.model_version",
            json.dumps(MEASURES),
        )
        await page.goto(f"{stack.ui_url}/model")
        await ask_about(page, "buy_60d, em 60 dias")
        for line in (
            "conferência em 600 leads com resposta conhecida",
            "nota de 70 a 100: em 1.240 momentos dissemos que 67% dariam sim; 71% deram.",
            "O acerto das notas mudou por volta de 05/03/2026",
        ):
            await expect(page.get_by_text(line)).to_be_visible()
        await execute(stack, "DELETE FROM galope.model_metric")


async def test_the_team_asks_another_head_and_stops(page: Page, stack: Stack) -> None:
    try:
        await page.goto(f"{stack.ui_url}/setup")
        await drawn(page)  # what is typed while it is drawn is lost
        await page.get_by_text("Fazer outra pergunta").click()
        ask = page.locator(".st-key-ask_head").get_by_role("button")
        await expect(ask).to_be_disabled()
        name = page.get_by_role("textbox", name="Nome", exact=True).first  # kinds have names too
        await name.fill("Compra 60")
        await name.press("Enter")
        await expect(page.get_by_text("O nome precisa ser novo")).to_be_visible()
        await name.fill("compra_60d")
        await name.press("Enter")
        await expect(page.get_by_text("O nome precisa ser novo")).to_be_hidden()
        await add(page.get_by_role("combobox", name="É um sim"), "purchase")
        await expect(ask).to_be_enabled()
        await ask.click()
        await page.get_by_role("dialog").get_by_role("button", name="Sim, mudar").click()
        line = page.get_by_text("compra_60d, em 90 dias")
        await expect(line).to_be_visible()
        [head] = stack.http.get("/admin/policy").json()["in_force"]["others"]
        assert (head["name"], head["converts"], head["anchor"], head["horizon_days"]) == (
            "compra_60d",
            ["purchase"],
            "rolling",
            90,
        )
        await page.get_by_role("button", name="Tirar", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Sim, mudar").click()
        await expect(line).to_be_hidden()
        assert stack.http.get("/admin/policy").json()["in_force"]["others"] == []
    finally:
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")
