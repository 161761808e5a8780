"""The page of groups: each named and with what to do, and where partners lack."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import asyncpg
import pytest
from playwright.async_api import expect

from domain.directions import FREE
from domain.grouping import Grouping
from tests.ui.browser import choose, drawn, titled

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

GROUPS = [
    {"number": 1, "marks": [["profile:uf|rj", True]], "size": 30, "asked": 60, "good": 45},
    {"number": 2, "marks": [["profile:uf|rj", False]], "size": 90, "asked": 60, "good": 3},
]


async def test_groups_say_what_to_do_and_where_partners_lack(page: Page, stack: Stack) -> None:
    stack.lead("Sem parceiro", uf="RJ")
    await page.goto(f"{stack.ui_url}/segments")
    await expect(page.get_by_text("Ainda não há grupos.").first).to_be_visible()
    connection = await asyncpg.connect(stack.database)
    await connection.execute(
        "INSERT INTO galope.grouping (kind, model, groups, stability)"
        " VALUES ('partners', '{}', $1, 0.97)",
        json.dumps(GROUPS),
    )
    await connection.close()
    await page.reload()
    row = page.locator(".g-origins tr", has_text="Estado: RJ")
    await expect(row.locator("td")).to_have_text(
        ["30", "25%", "75,0%", "Proponha estes primeiro: são escolhidos mais que os outros."]
    )
    await expect(page.locator(".g-origins tr", has_text="quase nunca RJ")).to_contain_text(
        "Veja por que"
    )
    await expect(page.get_by_text("Estabilidade 0,97")).to_be_visible()
    demand = page.locator(".g-origins tr", has_text="RJ · Cavalos")
    await expect(demand).to_contain_text("Há procura e nenhum parceiro.")


async def test_leads_are_filtered_by_group_on_board_and_list(page: Page, stack: Stack) -> None:
    inside, outside = (stack.lead(f"Do grupo {name}", uf="AP") for name in ("um", "dois"))
    await page.goto(f"{stack.ui_url}/leads?uf=AP&q=Do+grupo")
    await expect(page.get_by_text("Leads: 2", exact=True)).to_be_visible()
    group = page.get_by_role("combobox", name="Grupo", exact=True)
    cards = page.locator(".card[data-id] .name")
    await expect(group).to_have_count(0)  # there are none yet
    connection = await asyncpg.connect(stack.database)
    try:
        by_clicks = Grouping(0, (1, 2), (0.0, 0.5), {"event:cta_click|count": (1.0, 0.0)}, FREE)
        await connection.execute(
            "INSERT INTO galope.grouping (kind, model, groups, stability)"
            " VALUES ('leads', $1, $2, 0.97)",
            json.dumps(by_clicks.to_json()), json.dumps(GROUPS),
        )  # fmt: skip
        await page.goto(f"{stack.ui_url}/kanban?uf=AP&q=Do+grupo")
        await expect(cards).to_have_count(2)
        await choose(group, "Estado: RJ")
        await expect(cards).to_have_count(0)
        stack.fire(inside["id"], "cta_click")
        stack.fire(outside["id"], "page_view")
        await expect(cards).to_have_text(["Do grupo um"])
        await drawn(page)
        await page.get_by_role("link", name="Ver em lista").click()
        await titled(page, "Leads")
        await expect(page.get_by_text("Leads: 1", exact=True)).to_be_visible()
        await expect(group).to_have_value("Estado: RJ")
        await page.goto(f"{stack.ui_url}/leads?uf=AP&q=Do+grupo")
        await expect(page.get_by_text("Leads: 2", exact=True)).to_be_visible()
        await page.goto(f"{stack.ui_url}/segments")
        await drawn(page)
        await page.get_by_role("link", name="Ver os leads: Estado: RJ").click()
        await titled(page, "Leads")
        await expect(group).to_have_value("Estado: RJ")
        await expect(page).to_have_url(re.compile("group=Estado"))
        await page.reload()
        await expect(group).to_have_value("Estado: RJ")
        await expect(page.get_by_text(re.compile("^Leads: "))).to_be_visible()
        assert stack.http.get("/leads/count", params={"group": 1, "q": "Do grupo"}).json() == {
            "total": 1
        }
    finally:
        await connection.execute("DELETE FROM galope.grouping WHERE kind = 'leads'")
        await connection.execute("TRUNCATE galope.lead_group")
        await connection.close()
