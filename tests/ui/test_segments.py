"""The page of groups: each named and with what to do, and where partners lack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import asyncpg
import pytest
from playwright.async_api import expect

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
