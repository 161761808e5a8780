"""People come in by an identity provider: the whole way there and back, in a browser."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.ui.browser import titled
from tests.ui.identity_provider import CLIENT, SECRETS, confirming
from tests.ui.people import team

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

BIA = {"email": "bia@example.com", "email_verified": True}


@contextmanager
def admin_for(stack: Stack, claims: Mapping[str, Any], home: Path) -> Iterator[str]:
    """Serve an admin to which a provider confirms this person; yield its address."""
    secrets = home / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    with confirming(claims) as provider, stack.another_ui(home) as (url, start):
        secrets.write_text(SECRETS.format(admin=url, client=CLIENT, provider=provider))
        start()
        yield url


async def test_whom_a_provider_confirms_comes_in_and_goes_out(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    with team(stack), admin_for(stack, BIA, tmp_path) as url:
        await page.goto(f"{url}/leads")
        await titled(page, "Entrar", within=60_000)
        await page.get_by_role("button", name="Entrar com").click()
        await titled(page, "Visão geral")
        await page.get_by_role("button", name="Bia").click()
        await page.get_by_role("button", name="Sair").click()
        await titled(page, "Entrar")
        await page.reload()
        await titled(page, "Entrar")


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (BIA | {"email": "ninguem@example.com"}, "não tem acesso a este Galope"),
        (BIA | {"email_verified": False}, "não confirma que"),
        ({}, "não disse o seu e-mail"),
    ],
)
async def test_others_stay_outside_and_are_told_so(
    page: Page, stack: Stack, tmp_path: Path, claims: Mapping[str, Any], told: str
) -> None:
    with team(stack), admin_for(stack, claims, tmp_path) as url:
        await page.goto(url)
        await titled(page, "Entrar", within=60_000)
        await page.get_by_role("button", name="Entrar com").click()
        refused = page.get_by_test_id("stAlert")
        await expect(refused).to_contain_text(told)
        await expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
        await page.get_by_role("button", name="Sair").click()
        await expect(refused).to_be_hidden()
        await titled(page, "Entrar")
