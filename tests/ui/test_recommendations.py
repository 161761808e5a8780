"""What became of recommendations, on the model's page: counts at first, and shares of enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import drawn, titled
from tests.ui.test_model import execute

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECOMMENDED = """
INSERT INTO galope.score_history
    (lead_id, scored_at, cause, score_after, status, probability, points, model_version, action,
     channel)
SELECT $1::text::uuid, now() - make_interval(hours => 100 + 2 * n), 'by hand', 5, 'CURIOSO', 0.1,
       '[]', 0, 'confirm', 'email'
FROM generate_series($2::int, $3::int, -1) AS n
"""

CONTACTED = """
INSERT INTO lead_notes (lead_id, note_type, note_text, created_at)
SELECT lead_id, 'CONTACT', 'email', scored_at + interval '1 hour'
FROM galope.score_history WHERE cause = 'by hand'
"""


async def test_what_was_done_with_recommendations_is_told_and_called_no_proof(
    page: Page, stack: Stack
) -> None:
    lead = stack.lead("Recomendada", uf="RO")["id"]
    row = page.locator(".g-origins tr", has_text="Confirmar o que falta por e-mail")
    nothing = page.locator(".g-origins tr", has_text="Nada")
    few = page.get_by_text("São menos de 30")
    try:
        await execute(stack, RECOMMENDED, lead, 40, 31)
        await execute(stack, CONTACTED)
        await page.goto(f"{stack.ui_url}/model")
        await expect(page.get_by_text("completaram 72 horas: 10. Leads: 1.")).to_be_visible()
        await expect(few).to_be_visible()
        await expect(row.locator("td")).to_have_text(["10", "1", "10", "0", "0"])
        await expect(nothing.locator("td")).to_have_text(["10", "0"])
        await execute(stack, RECOMMENDED, lead, 30, 1)
        await page.reload()
        await expect(row.locator("td")).to_have_text(["40", "1", "10 (25%)", "0 (0%)", "30 (75%)"])
        await expect(nothing.locator("td")).to_have_text(["10", "30 (100%)"])
        await expect(few).to_be_hidden()
        await expect(page.get_by_text("não prova que seguir ajuda")).to_be_visible()
        await drawn(page)
        await page.get_by_role("link", name="Abrir os experimentos").click()
        await titled(page, "Experimentos")
    finally:
        await execute(stack, "DELETE FROM galope.score_history WHERE cause = 'by hand'")
        await execute(stack, "DELETE FROM leads WHERE id = $1::text::uuid", lead)
