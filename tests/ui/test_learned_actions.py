"""Actions that are drawn, in the admin: switched on, told of on the lead, and compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from api.services.database import STATEMENTS
from bench.decision_world import drawn_team
from domain.actions import Action
from offline.actions import fit
from postgres.statements import QUERIES
from tests.ui.browser import drawn
from tests.ui.test_model import execute
from tests.ui.test_setup import confirm

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def forget(stack: Stack) -> None:
    """Have the rules decide again, as if nothing else had ever been decided."""
    stack.http.post("/admin/policy/0/restore").raise_for_status()
    await execute(stack, "TRUNCATE galope.policy RESTART IDENTITY")
    await execute(stack, "TRUNCATE galope.action_model RESTART IDENTITY")


async def test_drawing_is_switched_on_and_off_again(page: Page, stack: Stack) -> None:
    def floor() -> float:
        value: float = stack.http.get("/admin/policy").json()["in_force"]["action_floor"]
        return value

    save = page.locator(".st-key-save-actions").get_by_role("button")
    try:
        await page.goto(f"{stack.ui_url}/setup")
        switch = page.get_by_text("Sortear ações para aprender")
        await switch.click()
        await expect(
            page.get_by_text("a sugestão delas vem em 90% a 95% das vezes")
        ).to_be_visible()
        for expected in (0.05, 0.0):
            await save.click()
            await confirm(page)
            assert floor() == expected
            await drawn(page)
            await expect(save).to_be_disabled()
            await switch.click()
        await expect(page.get_by_text("· próxima ação").first).to_be_visible()
    finally:
        await forget(stack)


async def test_a_lead_says_that_its_action_was_drawn(page: Page, stack: Stack) -> None:
    lead = stack.lead("Sorteada", whatsapp="62 98888-7001", uf="AC")["id"]
    try:
        await page.goto(f"{stack.ui_url}/lead?id={lead}")
        line = page.locator(".g-line").first
        await expect(line).to_be_visible()
        stack.http.put("/admin/policy", json={"action_floor": 0.2}).raise_for_status()
        await expect(line).to_contain_text("sorteada com chance de")
        await expect(line).to_contain_text("as outras:")
    finally:
        await forget(stack)
        await execute(stack, "DELETE FROM leads WHERE id = $1::text::uuid", lead)


async def test_what_each_would_have_brought_is_shown_before_anything_decides(
    page: Page, stack: Stack
) -> None:
    section = page.locator(
        "[data-testid=stVerticalBlock]", has_text="Aprender qual ação ajuda"
    ).last
    try:
        await page.goto(f"{stack.ui_url}/model")
        await expect(
            page.get_by_text("As regras decidem, e nenhuma ação é sorteada")
        ).to_be_visible()
        stack.http.put("/admin/policy", json={"action_floor": 0.05}).raise_for_status()
        await page.reload()
        await expect(page.get_by_text("Ações sorteadas até agora:")).to_be_visible()
        for best, said in (
            (None, "As regras decidem: ainda não se viu"),
            (Action.NURTURE, "O que foi aprendido decide no lugar das regras"),
        ):
            team = drawn_team(600, best=best, helped=0.9, floor=0.2)
            learned, report = fit(team, 0.05, decided=False)
            await execute(
                stack,
                QUERIES["keep_action_model"],
                json.dumps(learned.to_json()),
                json.dumps(report),
            )
            await page.reload()
            await expect(page.get_by_text(said)).to_be_visible()
            await expect(page.get_by_text("De 600 sorteios desde")).to_be_visible()
        row = section.locator("tr", has_text="O que foi aprendido")
        await expect(row.locator("td")).to_have_count(4)
        await execute(stack, STATEMENTS["let_decide"], False)
        await page.reload()
        await expect(page.get_by_text("escolheu: as regras.")).to_be_visible()
    finally:
        await forget(stack)
