"""A Chromium to test with: the one on PATH, else Playwright's, else the system's packages'.

One that has no windows is taken first: it draws the same for a fifth less of the processor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as TookTooLong
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Locator, Page, Playwright

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)

REMEDY = (
    "These tests need Chromium, and none was found. Install it (on Debian or Ubuntu:"
    " apt install chromium), or have Playwright fetch its own:"
    " .venv/bin/python -m playwright install chromium"
)


IDLE = "() => document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'"
"""Whether no script of the page runs."""


class NoBrowserError(RuntimeError):
    """There is no browser, and none could be had."""


async def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium.

    Raises
    ------
    NoBrowserError
        When there is none; it says how to get one.
    """
    # One process reads and compiles what all pages share, as long as one of them is open.
    arguments = ["--process-per-site", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    path = executable(Path(playwright.chromium.executable_path))
    return await playwright.chromium.launch(executable_path=path, args=arguments)


def executable(playwrights: Path) -> Path:
    """Return a Chromium's path, fetching one if there is none."""
    if (path := _at_hand(playwrights)) is None:
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    if (path := path or _at_hand(playwrights)) is None and os.geteuid() == 0:
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if (path := path or _at_hand(playwrights)) is None:
        raise NoBrowserError(REMEDY)
    return path


def _at_hand(playwrights: Path) -> Path | None:
    names = filter(None, map(shutil.which, NAMES))
    return next(map(Path, names), playwrights if playwrights.exists() else None)


def _run(*command: str) -> None:
    if shutil.which(command[0]):
        subprocess.run(command, check=False, timeout=100, capture_output=True)


async def new_page(context: BrowserContext) -> Page:
    """Open a page on which every act and every look waits while a script of the page runs.

    A page that is being drawn shows half of itself: a click there may meet another button, and what
    is typed may be lost. A person sees that it is being drawn, and a test has to. What runs for
    longer, or again and again, is not waited for.
    """
    page = await context.new_page()
    page.on("pageerror", lambda error: print("The page failed:", error))  # noqa: T201
    running = page.locator('[data-testid="stApp"][data-test-script-state="running"]')

    async def rest() -> None:
        with suppress(TookTooLong):
            await idle(page, within=2_000)

    await page.add_locator_handler(running, rest, no_wait_after=True)
    return page


async def titled(page: Page, title: str, within: float | None = None) -> None:
    """Wait until the page with a title is there, and the one before it gone; `within` is in ms."""
    await expect(page.get_by_role("heading", level=1)).to_have_text([title], timeout=within)


async def drawn(page: Page) -> None:
    """Wait until the page is drawn whole, and nothing of the one before it left."""
    await expect(page.get_by_role("heading", level=1)).to_have_count(1)
    await expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    await idle(page)


async def hears_keys(page: Page) -> None:
    """Wait until the page hears keys, which it does once its language is set."""
    await drawn(page)
    await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")


async def idle(page: Page, within: float = 15_000) -> None:
    """Wait until no script of the page runs, be it for a moment; `within` is in ms."""
    await page.wait_for_function(IDLE, polling=20, timeout=within)


async def add(box: Locator, option: str) -> None:
    """Add to a list of several, typed again where the page was drawn anew and lost it."""
    chosen = box.page.get_by_test_id("stMultiSelect").filter(has=box)
    before = await chosen.text_content() or ""
    while await chosen.text_content() == before:
        await idle(box.page)
        await box.fill(option)
        await box.press("Enter")
        try:
            await expect(chosen).not_to_have_text(before, timeout=3000)
        except AssertionError:
            await box.blur()
    await box.blur()


async def choose(box: Locator, option: str) -> None:
    """Choose from a list, opened again where the page was drawn anew and closed it."""
    chosen = box.page.get_by_role("option", name=option, exact=True)
    while await box.input_value() != option:
        await idle(box.page)
        await box.fill(option)
        try:
            await chosen.click(timeout=3000)
        except TookTooLong:
            await box.blur()
        else:
            return
