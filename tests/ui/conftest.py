"""One stack and one browser for all tests of the admin."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.ui import browser as browsers
from tests.ui.stack import NAMES, Stack, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser, BrowserContext, Page

expect.set_options(timeout=15_000)  # the machine may be busy; a condition is waited for, not time


@pytest.fixture(scope="session")
def stack(
    server_dsn: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Galope as it runs, with a few leads."""
    name = f"galope_ui_{secrets.token_hex(4)}"
    asyncio.run(_execute(server_dsn, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    address = urlsplit(server_dsn)._replace(path=f"/{name}").geturl()
    try:
        with running(address, tmp_path_factory.mktemp("ui")) as stack:
            for first in NAMES:
                stack.lead(f"{first} Modelo")
            yield stack
    finally:
        asyncio.run(_execute(server_dsn, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One headless Chromium."""
    async with async_playwright() as playwright:
        browser = await browsers.launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def context(browser: Browser, stack: Stack) -> AsyncIterator[BrowserContext]:
    """What all pages share: the files they have read and compiled, a third of a page's time.

    They are kept by a page that stays open and shows nothing.
    """
    context = await browser.new_context(
        viewport={"width": 1380, "height": 900}, timezone_id="America/Sao_Paulo", locale="pt-BR"
    )
    kept = await context.new_page()
    await kept.goto(f"{stack.ui_url}/_stcore/health")
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, stack: Stack) -> AsyncIterator[Page]:
    """A new visitor's page."""
    before = context.pages
    page = await browsers.new_page(context)
    yield page
    storage = await context.new_cdp_session(page)
    what = {"origin": stack.ui_url, "storageTypes": "local_storage"}
    await storage.send("Storage.clearDataForOrigin", what)
    await context.clear_cookies()
    for one in context.pages:
        if one not in before:
            await one.close()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
