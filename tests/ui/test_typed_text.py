"""What people typed is text everywhere: no link, no picture, no formula, no request outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import drawn, titled
from tests.ui.test_model import execute
from ui.theme import WORD_JOINER

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = "evil.example"
INLINE = (
    f"![x](https://{EVIL}/a.png) [aqui](https://{EVIL}) <img src=https://{EVIL}/b.png> $x^2$ e $y$",
    f"https://{EVIL}/solto www.{EVIL} eu@{EVIL} <https://{EVIL}> $$\\int x$$ :red[oi] [x](y)",
    "**Ana** _Forte_ ~~riscada~~ `código` :material/home: &lt;b&gt; &amp; \\[x\\](y) \\(z\\)",
    "<script>alert(1)</script> <a href='https://evil.example'>a</a> <b>Ana</b>",
)
BLOCKS = ("> citação", "- item", "1. item", "# título", "| a | b |", "---")
NAMES = (*INLINE, *BLOCKS)
ACTIVE = (
    f'[href*="{EVIL}"], [src*="{EVIL}"], .katex, [data-testid="stMain"] img,'
    ' [data-testid="stMain"] script, [role="dialog"] img, [role="dialog"] script'
)


def requests_outside(page: Page) -> list[str]:
    """Return a list that every request to where the names point is added to."""
    outside: list[str] = []

    def note(request: Request) -> None:
        if EVIL in request.url:
            outside.append(request.url)

    page.on("request", note)
    return outside


async def dialog_is_text(page: Page, name: str) -> None:
    """Ensure that a dialog shows a name as it was typed; addresses are held apart without width."""
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    assert name in (await dialog.inner_text()).replace(WORD_JOINER, "")
    assert await page.locator(ACTIVE).count() == 0


@pytest.mark.parametrize("name", [*INLINE, BLOCKS[0]])
async def test_a_leads_name_is_text_on_its_page(page: Page, stack: Stack, name: str) -> None:
    outside = requests_outside(page)
    lead = stack.lead(name, uf="AL")
    stack.fire(lead["id"], f"![x](https://{EVIL}/evento.png)")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await titled(page, name)
    await expect(page.locator(".g-score[data-score]")).to_be_visible()
    await expect(page.get_by_test_id("stStatusWidget")).to_be_hidden()
    assert await page.locator(ACTIVE).count() == 0
    await page.get_by_text("Dados pessoais").click()
    await drawn(page)
    await page.get_by_role("button", name="Excluir para sempre").click()
    await dialog_is_text(page, name)
    assert outside == []


async def test_names_are_text_in_lists_and_beside_the_board(page: Page, stack: Stack) -> None:
    outside = requests_outside(page)
    leads = [(name, stack.lead(name, uf="AL")) for name in NAMES]
    for path in ("", "today", "leads", "kanban"):
        await page.goto(f"{stack.ui_url}/{path}")
        await drawn(page)
        await expect(page.get_by_test_id("stStatusWidget")).to_be_hidden()
        assert await page.locator(ACTIVE).count() == 0
    for name, lead in leads[:2]:
        await page.get_by_placeholder("Nome, cidade, telefone ou e-mail").fill(name)
        await page.keyboard.press("Enter")
        await expect(page.locator(".card[data-id]")).to_have_count(1)  # it moves until then
        await page.locator(f'.card[data-id="{lead["id"]}"] .name').click()
        await dialog_is_text(page, name)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
    assert outside == []


async def test_a_partners_name_is_text(page: Page, stack: Stack) -> None:
    for number, name in enumerate(INLINE):
        await execute(
            stack,
            "INSERT INTO partners (cnpj, razao_social, nome_fantasia, uf, segmento)"
            " VALUES ($1, $2, $2, 'AC', 'CAVALOS')",
            f"{number:014d}",
            name,
        )
    try:
        for row in range(len(INLINE)):
            await page.goto(f"{stack.ui_url}/partners")
            await page.get_by_test_id("stDataFrame").click(position={"x": 17, "y": 52 + 33 * row})
            await expect(page.locator(".g-facts")).to_be_visible()
            assert await page.locator(ACTIVE).count() == 0
    finally:
        await execute(stack, "DELETE FROM partners WHERE uf = 'AC'")
