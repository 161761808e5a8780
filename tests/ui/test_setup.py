"""The settings page: what the team decides there counts, only when confirmed, and can be undone."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from domain.policy import Policy
from domain.profile import INVENTED_IDS
from online_models.day_zero import day_zero
from tests.api.served import key
from tests.offline.test_evaluation import CLICKS, evaluated, keen_ones_convert, leads
from tests.ui.browser import add
from tests.ui.test_model import execute
from ui.translator import Translator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

HISTORIES = leads(1_000, keen_ones_convert)

DONE = "Mudado: as notas estão sendo refeitas"


def decided(stack: Stack) -> dict[str, Any]:
    decided: dict[str, Any] = stack.http.get("/admin/policy").json()["decided"]
    return decided


@asynccontextmanager
async def setup(page: Page, stack: Stack) -> AsyncIterator[Page]:
    """Open the page; leave nothing decided."""
    try:
        await page.goto(f"{stack.ui_url}/setup")
        await expect(page.get_by_role("heading", name="Sucesso e perda")).to_be_visible()
        yield page
    finally:
        await execute(stack, "DELETE FROM galope.model_version")
        stack.http.post("/admin/policy/0/restore").raise_for_status()
        await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")


async def confirm(page: Page) -> None:
    """Say yes to a decision that is asked about."""
    await page.get_by_role("dialog").get_by_role("button", name="Sim, mudar").click()
    await expect(page.get_by_text(DONE).last).to_be_visible()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_success_is_what_the_team_says(page: Page, stack: Stack) -> None:
    async with setup(page, stack):
        save = page.locator(".st-key-save-outcomes").get_by_role("button")
        await expect(save).to_be_disabled()
        box = page.get_by_role("combobox", name="Conta como sucesso")
        await add(box, "assinou_contrato")
        await expect(save).to_be_enabled()
        await save.click()
        await expect(page.get_by_role("dialog")).to_contain_text("dá para desfazer")
        assert decided(stack) == {}
        await confirm(page)
        assert "assinou_contrato" in decided(stack)["converts"]
        await expect(page.get_by_text("sem chave · o que é sucesso")).to_be_visible()
        await page.get_by_role("button", name="Desfazer").click()
        await confirm(page)
        assert decided(stack) == {}


async def test_what_can_not_be_is_told_before_it_is_sent(page: Page, stack: Stack) -> None:
    async with setup(page, stack):
        box = page.get_by_role("combobox", name="Conta como perda")
        await add(box, "Enviado a um parceiro")
        await expect(page.get_by_text("Não pode contar como sucesso e como perda")).to_be_visible()
        await page.get_by_role("textbox", name="Morno a partir").fill("80")
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("precisa ser maior que a de um morno")).to_be_visible()
        await page.get_by_role("textbox", name="Morno a partir").fill("49,9")
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("estão perto demais")).to_be_visible()
        for name in ("outcomes", "bands"):
            save = page.locator(f".st-key-save-{name}").get_by_role("button")
            await expect(save).to_be_disabled()


async def test_another_horizon_is_another_question(page: Page, stack: Stack) -> None:
    async with setup(page, stack):
        await page.get_by_role("spinbutton", name="Dias sem nada disso").fill("7")
        await page.keyboard.press("Tab")
        await page.locator(".st-key-save-outcomes").get_by_role("button").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Outro prazo é outra pergunta")
        await confirm(page)
        assert decided(stack) == {"horizon_days": 7}


async def test_bands_of_a_trained_model_are_decided_and_given_back(
    page: Page, stack: Stack
) -> None:
    await execute(
        stack,
        "INSERT INTO galope.model_version (head, status, model, reason, promoted_at)"
        " VALUES ('qualify', 'champion', $1, 'kept', now())",
        json.dumps(day_zero().to_json()),
    )
    async with setup(page, stack):
        await expect(page.get_by_text("dos leads de hoje seriam")).to_be_visible()
        await expect(page.get_by_text("ponto de partida do próximo aprendizado")).to_be_visible()
        await page.get_by_role("textbox", name="Morno a partir").fill("12,5")
        await page.keyboard.press("Tab")
        await page.locator(".st-key-save-bands").get_by_role("button").click()
        await confirm(page)
        assert decided(stack) == {"warm": 0.125, "hot": 0.5}
        await page.get_by_role("button", name="Deixar o Galope escolher").click()
        await confirm(page)
        force = stack.http.get("/admin/policy").json()["in_force"]
        assert (force["warm"], force["hot"]) == (0.2, 0.5)


async def test_what_was_measured_is_told_and_calls_a_day_become_a_chance(
    page: Page, stack: Stack
) -> None:
    against = Policy(event_directions={"x": "down"}).directions
    model = replace(CLICKS, directions=against, pieces={})
    some = [replace(one, lead_id=f"{INVENTED_IDS}-{one.lead_id}") for one in HISTORIES]
    found = evaluated(some, model)
    reach = {"chances": [0.8, 0.4, 0.2], "a_day": [1.0, 4.0, 9.0], "days": 28.0}
    metrics = {
        "evaluation": found.as_json(),
        "reach": reach,
        "own_scale": {"warm": 0.2, "hot": 0.5},
    }
    await execute(
        stack,
        "INSERT INTO galope.model_version (head, status, model, metrics, reason, promoted_at)"
        " VALUES ('qualify', 'champion', $1, $2, 'kept', now())",
        json.dumps(day_zero().to_json()),
        json.dumps(metrics),
    )
    async with setup(page, stack):
        await page.get_by_text("por quantas ligações a equipe faz por dia").click()
        box = page.get_by_role("spinbutton", name="Ligações que a equipe consegue fazer por dia")
        await box.fill("4")
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("A nota 70 fica na chance de 40,0%")).to_be_visible()
        await expect(page.get_by_text("4,0 leads por dia chegaram a ela")).to_be_visible()
        await page.locator(".st-key-save-bands").get_by_role("button").click()
        await confirm(page)
        assert decided(stack) == {"calls_per_day": 4}
        assert stack.http.get("/admin/policy").json()["in_force"]["hot"] == 0.4
        await box.fill("50")
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("Não há tantos leads")).to_be_visible()
        await page.goto(f"{stack.ui_url}/model")
        of_100 = Translator("pt-BR").number(round(found.calls["model"].of_100))
        told = page.get_by_text(f"De 100 ligações por ordem da nota, {of_100} qualificam")
        await expect(told).to_be_visible()
        await expect(page.get_by_text("600 deles são inventados")).to_be_visible()
        await expect(page.get_by_role("rowheader", name="Estado (MG)")).to_be_visible()
        await expect(page.get_by_text("Nunca sobem a nota: Evento: x")).to_be_visible()
        await expect(page.get_by_text("0 moveram a nota ao contrário")).to_be_visible()
        await expect(page.get_by_text("o histórico contradiz", exact=False)).to_be_visible()


async def test_points_are_edited_in_the_table_and_scores_follow(page: Page, stack: Stack) -> None:
    lead = stack.lead("Valorizada")
    async with setup(page, stack):
        table = page.get_by_test_id("stDataFrame")
        await table.scroll_into_view_if_needed()
        frame = await table.bounding_box()
        assert frame is not None
        await table.dblclick(position={"x": frame["width"] / 2, "y": 52})
        cell = page.locator("#portal input")
        await cell.fill("33")
        await cell.press("Enter")
        await page.locator(".st-key-save-rules").get_by_role("button").click()
        await confirm(page)
        points = decided(stack)["points"]
        assert list(points.values()) == [33]
        (kind,) = points
        stack.fire(lead["id"], kind)
        await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
        await expect(page.locator(".g-score[data-score] b")).to_have_text("60")


async def test_a_key_is_shown_once_and_revoked_when_confirmed(page: Page, stack: Stack) -> None:
    async with setup(page, stack):
        await expect(page.get_by_text("A primeira chave é a de quem administra")).to_be_visible()
        await expect(page.get_by_text("python -m api.keys add")).to_be_visible()
        await key(stack.database, "admin")
        await page.reload()
        await page.get_by_role("button", name="Criar chave").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("textbox", name="De quem é").fill("Site")
        await dialog.get_by_role("button", name="Criar").click()
        await expect(dialog.locator("code")).to_contain_text("galope_")
        await dialog.get_by_role("button", name="Já copiei").click()
        await expect(page.get_by_text("· Site")).to_be_visible()
        listed = stack.http.get("/admin/keys").json()["items"]
        assert [(one["name"], one["role"]) for one in listed] == [
            ("a admin", "admin"),
            ("Site", "ingest"),
        ]
        first, second = (
            page.locator(f".st-key-revoke-{one['id']}").get_by_role("button") for one in listed
        )
        await expect(first).to_be_disabled()
        await second.click()
        await expect(dialog).to_contain_text("A chave de Site deixa de funcionar")
        await dialog.get_by_role("button", name="Sim, revogar").click()
        await expect(page.get_by_text("· Site")).to_be_hidden()
        (_, gone) = stack.http.get("/admin/keys").json()["items"]
        assert gone["revoked_at"] is not None
