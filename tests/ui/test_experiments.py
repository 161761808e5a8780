"""The page of experiments: declared by a form, refused in words, read, and concluded for good."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from domain.catalogue import LANGUAGES
from tests.ui.browser import choose, drawn, titled
from tests.ui.people import sign_in, team
from tests.ui.test_accessibility import faults
from tests.ui.test_inbox import looked_for
from tests.ui.test_model import execute
from tests.ui.test_pages import NAMES
from ui.experiment_report import change
from ui.translator import Translator, texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Locator, Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEADS = """
WITH made AS (
    INSERT INTO leads (nome, segmento_interesse, created_at)
    SELECT 'Sorteado ' || n, 'CAVALOS', now() - interval '20 days'
    FROM generate_series(1, 200) AS n RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS n FROM made)
INSERT INTO events (lead_id, event_type, ts)
SELECT id, 'sorted', now() - interval '19 days' FROM numbered WHERE n % 4 = 0
"""
"""200 leads of three weeks ago, a quarter of whom did something that nobody else does."""

SERVED = """
INSERT INTO galope.exposure (experiment_id, lead_id, arm, exposed_at, score_before)
SELECT x.id, l.id, CASE WHEN row_number() OVER (ORDER BY l.id) % 2 = 0 THEN 'none' ELSE 'alert' END,
       now() - interval '15 days', 30
FROM galope.experiment AS x, leads AS l WHERE l.nome LIKE 'Sorteado %'
"""

SORTED = """
INSERT INTO events (lead_id, event_type, ts)
SELECT lead_id, 'sorted', exposed_at + interval '1 hour' FROM (
    SELECT *, row_number() OVER (PARTITION BY arm ORDER BY lead_id) AS n FROM galope.exposure
) AS e WHERE n % 10 < CASE arm WHEN 'alert' THEN 8 ELSE 2 END
"""
"""Eight in ten of those who were served the alert do it, two of the others."""

DECLARED: dict[str, Any] = {
    "name": "alert", "hypothesis": "Um *alerta* ajuda",
    "arms": [{"name": "none"}, {"name": "alert"}],
    "metric": {"events": ["sorted"], "days": 14}, "minimum_effect": 0.3,
}  # fmt: skip


@asynccontextmanager
async def experiments(stack: Stack, *statements: str) -> AsyncIterator[None]:
    """Run some statements; leave no experiment and none of their leads."""
    try:
        for statement in statements:
            await execute(stack, statement)
        yield
    finally:
        await execute(stack, "DELETE FROM galope.exposure")
        await execute(stack, "DELETE FROM galope.experiment")
        await execute(stack, "DELETE FROM leads WHERE nome LIKE 'Sorteado %'")


def post(stack: Stack, action: str = "", **body: Any) -> None:
    stack.http.post(f"/admin/experiments{action}", json=body).raise_for_status()


async def form(page: Page, stack: Stack) -> Locator:
    """Open the form in which experiments are declared."""
    await page.goto(f"{stack.ui_url}/experiments")
    await page.get_by_role("button", name="Declarar um experimento").click()
    return page.get_by_role("dialog")


async def declare(dialog: Locator, name: str) -> None:
    await dialog.get_by_role("textbox", name="Hipótese").fill("Mais barato vende mais")
    await dialog.get_by_role("textbox", name="Nome curto").fill(name)
    await dialog.get_by_role("button", name="Declarar", exact=True).click()


async def judged_by(dialog: Locator, kind: str, asked: str = "Qualquer um destes") -> None:
    events = dialog.get_by_role("combobox", name=asked)
    # What is scrolled to, or drawn anew, while one writes forgets it; a click waits for that.
    await drawn(dialog.page)
    await events.click()
    await events.fill(kind)
    await events.press("Enter")
    box = dialog.get_by_test_id("stMultiSelect").filter(has_text=asked)
    await expect(box).to_contain_text(kind)
    await events.blur()


async def weigh(dialog: Locator, weight: str, shares: str) -> None:
    """Give the second arm a weight, and wait until it is taken."""
    box = dialog.get_by_role("textbox", name="Peso do braço 2")
    await box.fill(weight)
    await box.press("Enter")
    await expect(dialog.get_by_text(shares)).to_be_visible()


async def test_what_makes_no_sense_is_refused_in_words(page: Page, stack: Stack) -> None:
    async with experiments(stack, LEADS):
        dialog = await form(page, stack)
        assert await faults(page) == []
        send = dialog.get_by_role("button", name="Declarar", exact=True)
        told = dialog.get_by_test_id("stAlert")
        await send.click()
        await expect(told).to_contain_text("Escreva a hipótese")
        await declare(dialog, "price")
        await expect(told).to_contain_text("Escolha pelo menos um acontecimento")
        await judged_by(dialog, "never_happens")
        await send.click()
        await expect(told).to_contain_text("nunca houve never_happens")
        await judged_by(dialog, "sorted")
        await weigh(dialog, "0", "price-a 100% · price-b 0%")
        await send.click()
        await expect(told).to_contain_text("O braço price-b não receberia ninguém")
        await weigh(dialog, "1", "price-a 50% · price-b 50%")
        await dialog.get_by_role("textbox", name="em pontos").fill("muito")
        await send.click()
        await expect(told).to_contain_text("como um número")
        assert stack.http.get("/admin/experiments").json()["items"] == []


async def test_it_is_declared_and_a_change_too_small_is_not_started(
    page: Page, stack: Stack
) -> None:
    async with experiments(stack, LEADS):
        dialog = await form(page, stack)
        await choose(dialog.get_by_role("combobox", name="O que se compara"), "um preço ou outro")
        await expect(dialog.get_by_role("textbox", name="Braço 2", exact=True)).to_have_value(
            "price-b"
        )
        await judged_by(dialog, "sorted")
        await weigh(dialog, "3", "price-a 25% · price-b 75%")
        await dialog.get_by_role("textbox", name="em pontos").fill("2,5")
        await declare(dialog, "price")
        await expect(dialog).to_be_hidden()
        await expect(page.locator(".g-origins tr", has_text="price")).to_contain_text("rascunho")
        await expect(page.locator(".g-facts")).to_contain_text("+2,5 pontos")
        (item,) = stack.http.get("/admin/experiments").json()["items"]
        assert [arm["weight"] for arm in item["arms"]] == [1.0, 3.0]
        assert (item["metric"]["events"], item["metric"]["days"]) == (["sorted"], 14)
        await page.get_by_role("button", name="Começar").click()
        await dialog.get_by_role("button", name="Sim, começar").click()
        told = dialog.get_by_test_id("stAlert")
        await expect(told).to_contain_text("Em um ano só se encontra uma mudança de")


async def test_a_head_may_be_what_it_is_judged_by(page: Page, stack: Stack) -> None:
    stack.fire(stack.lead("Sorteado adiante", uf="AC")["id"], "handoff")
    async with experiments(stack):
        dialog = await form(page, stack)
        await dialog.get_by_text("a resposta de uma pergunta").click()
        await expect(dialog.get_by_role("combobox", name="Pergunta")).to_have_value("Qualifica")
        await declare(dialog, "heads")
        await expect(page.locator(".g-facts")).to_contain_text("Qualifica, em 30 dias")


async def test_states_may_be_compared_by_money(page: Page, stack: Stack) -> None:
    async with experiments(stack):
        dialog = await form(page, stack)
        await dialog.get_by_text("cada UF, com os seus leads").click()
        await weigh(dialog, "2", "price-a 33% · price-b 67%")
        await dialog.get_by_text("dinheiro", exact=True).click()
        effect = dialog.get_by_role("textbox", name="em dinheiro por lead")
        await expect(effect).to_have_value("")
        await declare(dialog, "money")
        told = dialog.get_by_test_id("stAlert")
        await expect(told).to_contain_text("como um número")
        await effect.fill("80")
        await dialog.get_by_role("button", name="Declarar", exact=True).click()
        await expect(told).to_contain_text("braços de pesos iguais")


async def test_galope_serves_the_arms_of_its_own_alerts(page: Page, stack: Stack) -> None:
    stack.fire(stack.lead("Sorteado e avisado", uf="AP")["id"], "sorted")
    async with experiments(stack):
        dialog = await form(page, stack)
        kind = dialog.get_by_role("combobox", name="O que se compara")
        await choose(kind, "alerta ou nenhum")
        await expect(dialog.get_by_text("um alerta é aberto ou é segurado")).to_be_visible()
        await declare(dialog, "waiting")
        told = dialog.get_by_test_id("stAlert")
        await expect(told).to_contain_text("Escolha de que motivo são os alertas")
        await choose(kind, "um modelo ou outro")
        await expect(dialog.get_by_text("o modelo atual 50% · o outro modelo 50%")).to_be_visible()
        await dialog.get_by_role("button", name="Declarar", exact=True).click()
        await expect(told).to_contain_text("Escolha a versão do modelo")
        async with looked_for(stack, waiting=70.0):
            dialog = await form(page, stack)
            await choose(kind, "alerta ou nenhum")
            motive = dialog.get_by_role("combobox", name="Motivo dos alertas")
            await expect(motive).to_have_value("Quente e esperando")
            await judged_by(dialog, "sorted")
            await weigh(dialog, "3", "sem alerta 25% · com alerta 75%")
            await declare(dialog, "waiting")
            await expect(dialog).to_be_hidden()
            facts = page.locator(".g-facts")
            await expect(facts).to_contain_text("Os alertas: Quente e esperando")
            await expect(facts).to_contain_text("sem alerta 25% · com alerta 75%")
            await expect(page.get_by_text("O próprio Galope serve os braços")).to_be_visible()
            assert await faults(page) == []
            await page.get_by_role("button", name="Começar").click()
            await dialog.get_by_role("button", name="Sim, começar").click()
            await expect(told).to_contain_text("Nenhum alerta deste motivo foi aberto")


async def test_figures_of_states_and_of_money_say_that_they_are(page: Page, stack: Stack) -> None:
    declared = {
        "hypothesis": "Vende mais", "unit": "uf", "salt": "s", "minimum_effect": 80,
        "metric": {"events": [], "days": 30, "head": None, "revenue": True},
        "arms": [{"name": "old", "weight": 1.0}, {"name": "new", "weight": 1.0}],
    }  # fmt: skip
    started = (
        "INSERT INTO galope.experiment (name, declared, status, planned_units, planned_weeks,"
        f" started_at) VALUES ('money', '{json.dumps(declared)}', 'running', 26, 12, now())"
    )
    async with experiments(stack, started):
        await page.goto(f"{stack.ui_url}/experiments")
        await expect(page.get_by_text("0 de 26 UFs com resultado")).to_be_visible()
        facts = page.locator(".g-facts")
        await expect(facts).to_contain_text("Dinheiro, em até 30 dias")
        await expect(facts).to_contain_text("+80,00 em dinheiro por lead")
        await expect(page.get_by_text("há mais de 60 dias")).to_be_visible()
        await expect(page.get_by_text("é a média das UFs")).to_be_visible()


async def test_it_is_started_read_and_concluded_when_confirmed(page: Page, stack: Stack) -> None:
    async with experiments(stack, LEADS):
        post(stack, **DECLARED)
        await page.goto(f"{stack.ui_url}/experiments")
        await page.get_by_role("button", name="Começar").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Sim, começar").click()
        await expect(page.get_by_text("Nenhum lead recebeu um braço ainda")).to_be_visible()
        await execute(stack, SERVED)
        await execute(stack, SORTED)
        await page.reload()
        sentence = page.get_by_test_id("stAlert")
        await expect(sentence).to_contain_text("Use alert: em relação a none")
        row = page.locator(".g-origins tr", has=page.get_by_role("rowheader", name="alert"))
        arm = stack.http.get("/admin/experiments/alert").json()["arms"][1]
        await expect(row.last).to_contain_text(f"{arm['known']} de 100")
        by = change(Translator("pt-BR"), "points", arm["difference"])
        await expect(row.last).to_contain_text(f"{by} (+")
        await expect(page.get_by_text("100% do plano")).to_be_visible()
        await expect(page.get_by_text("Nada indica que os braços receberam partes")).to_be_visible()
        assert await faults(page) == []
        await page.get_by_role("button", name="Concluir").click()
        conclude = dialog.get_by_role("button", name="Sim, concluir")
        await expect(conclude).to_be_disabled()
        assert stack.http.get("/admin/experiments").json()["items"][0]["status"] == "running"
        await dialog.get_by_text("alert", exact=True).click()
        await conclude.click()
        await expect(page.get_by_text("todos os leads recebem alert desde")).to_be_visible()
        (item,) = stack.http.get("/admin/experiments").json()["items"]
        assert (item["status"], item["adopted"]) == ("concluded", "alert")
        await expect(page.get_by_role("button", name="Concluir")).to_have_count(0)


async def test_what_must_not_get_worse_is_declared_and_says_to_stop(
    page: Page, stack: Stack
) -> None:
    left = SORTED.replace("sorted", "departed").replace("8 ELSE 2", "6 ELSE 1")
    stack.fire(stack.lead("Sorteado que saiu", uf="RO")["id"], "departed")
    async with experiments(stack, LEADS):
        dialog = await form(page, stack)
        for place, arm in (("Braço 1", "none"), ("Braço 2", "alert")):
            await dialog.get_by_role("textbox", name=place).first.fill(arm)
        await judged_by(dialog, "sorted")
        await judged_by(dialog, "departed", "O que não pode piorar")
        margin = dialog.get_by_role("textbox", name="Folga")
        await expect(margin).to_have_value("2")
        await margin.fill("muita")
        await dialog.get_by_role("textbox", name="Menor mudança").fill("30")
        await declare(dialog, "alert")
        await expect(dialog.get_by_test_id("stAlert")).to_contain_text("Escreva a folga")
        await margin.fill("1,5")
        await dialog.get_by_role("button", name="Declarar", exact=True).click()
        await expect(dialog).to_be_hidden()
        facts = page.locator(".g-facts")
        await expect(facts).to_contain_text("departed: até +1,5 pontos, em até 14 dias")
        post(stack, "/alert/start")
        for statement in (SERVED, SORTED, left):
            await execute(stack, statement)
        await page.reload()
        told = page.get_by_test_id("stAlert")
        await expect(told).to_contain_text("Pare: com alert")
        await expect(told).to_contain_text("o limite é +1,5")
        await expect(page.get_by_text("▲ Pare: com alert")).to_be_visible()
        await expect(
            page.get_by_text(re.compile(r"none \d+(,\d)?% · alert \d+(,\d)?%, \+\d"))
        ).to_be_visible()
        assert await faults(page) == []
        (item,) = stack.http.get("/admin/experiments").json()["items"]
        assert item["status"] == "running"


async def test_one_that_was_stopped_is_no_more_started(page: Page, stack: Stack) -> None:
    async with experiments(stack, LEADS):
        post(stack, **DECLARED)
        post(stack, "/alert/start")
        post(stack, **DECLARED | {"name": "other", "hypothesis": "Outra"})
        await page.goto(f"{stack.ui_url}/experiments?experiment=alert")
        await expect(page.get_by_role("heading", name="Um *alerta* ajuda")).to_be_visible()
        await page.get_by_role("button", name="Parar").click()
        await page.get_by_role("dialog").get_by_role("button", name="Sim, parar").click()
        await expect(page.locator(".g-origins tr", has_text="(alert)")).to_contain_text("parado")
        for gone in ("Parar", "Começar"):
            await expect(page.get_by_role("button", name=gone)).to_have_count(0)
        await expect(page.get_by_role("button", name="Concluir")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_why_it_can_not_start_is_said_in_the_readers_language(
    page: Page, stack: Stack, language: str
) -> None:
    said = {"pt-BR": "não pode mudar", "es": "no puede cambiar", "en": "can't change"}
    words = texts(language)
    async with experiments(stack, LEADS):
        post(stack, **DECLARED | {"minimum_effect": 0.9})
        await page.goto(f"{stack.ui_url}/experiments?lang={NAMES[language]}")
        await titled(page, words["page.experiments"])
        await drawn(page)
        await page.get_by_role("button", name=words["experiments.start"]).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name=words["experiments.start_yes"]).click()
        await expect(dialog.get_by_test_id("stAlert")).to_contain_text(said[language])


async def test_only_who_administers_sees_them(page: Page, stack: Stack) -> None:
    with team(stack) as passwords:
        await page.goto(f"{stack.ui_url}/experiments")
        await sign_in(page, "Guto", passwords["Guto"])
        await titled(page, "Experimentos")
        await expect(page.get_by_text("O seu acesso não permite isto")).to_be_visible()
        await expect(page.get_by_role("button", name="Declarar um experimento")).to_have_count(0)
