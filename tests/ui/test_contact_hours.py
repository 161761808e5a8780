"""When to turn to leads, in the admin: offered, decided, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.ui.browser import drawn
from tests.ui.test_learned_actions import forget
from tests.ui.test_setup import confirm

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_night_is_offered_decided_and_given_back(page: Page, stack: Stack) -> None:
    save = page.locator(".st-key-save-contact_hours").get_by_role("button")
    try:
        await page.goto(f"{stack.ui_url}/setup")
        await drawn(page)
        switch = page.get_by_text("Não deixar nada vencer em certas horas")
        await switch.click()
        for expected in ({"begin": "20:00", "end": "08:00"}, None):
            await save.click()
            await confirm(page)
            force = stack.http.get("/admin/policy").json()["in_force"]
            assert force["quiet_hours"] == expected
            await drawn(page)
            await expect(save).to_be_disabled()
            await switch.click()
        await expect(page.get_by_text("· horário de silêncio").first).to_be_visible()
        between = page.get_by_role("spinbutton", name="Horas entre dois contatos, no mínimo")
        await expect(between).to_have_value("24")
        await between.fill("48")
        await between.press("Enter")
        await save.click()
        await confirm(page)
        assert stack.http.get("/admin/policy").json()["in_force"]["hours_between_contacts"] == 48
        await expect(page.get_by_text("· horas entre contatos").first).to_be_visible()
    finally:
        await forget(stack)
