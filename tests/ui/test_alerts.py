"""A seller is told that a lead of theirs got hot: in the page, and elsewhere by the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import choose, drawn, titled
from tests.ui.people import sign_in, team
from tests.ui.test_accessibility import faults
from ui.alerts import got_hot
from ui.cards import card_of

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack
    from ui.cards import Card

AWAY = """
window.told = [];
window.Notification = class {
  static permission = "granted";
  constructor(title, options) { window.told.push([title, options.body]); }
};
Object.defineProperty(document, "hidden", { get: () => true });
"""
QUALIFYING = ("budget_confirmed", "timeline_confirmed", "need_confirmed", "hook_complete")


def card(lead_id: str, score: int, owner: str = "Bia") -> Card:
    return card_of({"id": lead_id, "nome": lead_id, "score": score, "owner": owner})


def test_only_the_readers_own_leads_that_got_hot_are_told_of_once() -> None:
    known: dict[str, bool] = {}
    mine = frozenset({"bia"})
    first = [card("warm", 50), card("hot", 90), card("other", 50, "Caio")]
    assert got_hot(first, mine, known) == []
    hot = [card("warm", 70), card("hot", 90), card("other", 90, "Caio")]
    assert [one.id for one in got_hot(hot, mine, known)] == ["warm"]
    assert got_hot(hot, mine, known) == []
    assert got_hot([*hot, card("given", 80)], mine, known) == []
    assert got_hot(first, mine, known) == []
    assert [one.id for one in got_hot(hot, mine, known)] == ["warm"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_seller_is_told_of_their_lead_and_opens_it(page: Page, stack: Stack) -> None:
    lead, other = stack.lead("Que esquenta", uf="PE"), stack.lead("De outro", uf="PE")
    await page.add_init_script(AWAY)
    with team(stack) as passwords:
        give = {"lead_ids": [other["id"]], "owner": "Guto"}
        stack.http.put("/crm/owners", json=give).raise_for_status()
        await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
        await sign_in(page, "Bia", passwords["Bia"])
        # Taken here, for of what others decide the board knows after a minute at the latest.
        await choose(page.get_by_role("combobox", name="Responsável"), "Bia")
        await expect(page.get_by_text("Com Bia: 1")).to_be_visible()
        await page.get_by_test_id("stSidebarNavLink").filter(has_text="Hoje").click()
        await drawn(page)
        await titled(page, "Hoje")
        for one in (lead, other):
            stack.fire(one["id"], *QUALIFYING)
        alert = page.locator(".st-key-alerts")
        await expect(alert).to_contain_text("Que esquenta esquentou")
        await expect(alert).not_to_contain_text("De outro")
        await page.wait_for_function("window.told.length > 0")
        told = await page.evaluate("window.told.map(([title]) => title)")
        assert told == ["Que esquenta esquentou"]
        assert await faults(page) == []
        await alert.get_by_role("link", name="Abrir a ficha").click()
        await titled(page, "Que esquenta")
        await expect(alert).not_to_contain_text("Que esquenta esquentou")
