"""What Streamlit's widgets say by themselves: told in the reader's language, on every page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit
from playwright.async_api import expect

from domain.catalogue import LANGUAGES
from tests.ui.browser import titled
from tests.ui.test_pages import NAMES, PAGES
from ui.document import widget_words
from ui.translator import texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

MONTHS = {
    "pt-BR": ("janeiro", "novembro", "dezembro"),
    "es": ("enero", "noviembre", "diciembre"),
    "en": ("January", "November", "December"),
}
SAID = """() => {
    const said = new Set();
    for (const one of document.querySelectorAll("body *:not(script, style, noscript)")) {
        for (const name of ["aria-label", "aria-valuetext", "placeholder", "title", "alt"]) {
            if (one.hasAttribute(name)) said.add(one.getAttribute(name).trim());
        }
        for (const node of one.childNodes) {
            if (node.nodeType === Node.TEXT_NODE) said.add(node.nodeValue.trim());
        }
    }
    return [...said];
}"""


def foreign(language: str) -> list[re.Pattern[str]]:
    """Return what no page in the language says: the widgets' words in the others, and months."""
    mine = set(widget_words(language).values())
    theirs = {
        text
        for other in LANGUAGES
        for text in (*widget_words(other).values(), *MONTHS[other])
        if other != language and text not in mine and text not in MONTHS[language]
    }
    return [re.compile(_pattern(text)) for text in theirs]


def _pattern(text: str) -> str:
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))


async def said_in_a_foreign_language(page: Page, language: str) -> set[str]:
    await expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    said: list[str] = await page.evaluate(SAID)
    assert len(said) > 10
    return {text for text in said if any(one.fullmatch(text) for one in foreign(language))}


def bundle() -> str:
    """Return all of what Streamlit's pages are made of."""
    static = Path(streamlit.__file__).parent / "static"
    elements = Path(streamlit.__file__).parent / "elements"
    files = (*static.rglob("*.js"), *elements.rglob("*.py"))
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def test_streamlit_says_every_word_that_is_translated() -> None:
    said = bundle()
    # Streamlit puts some of them together: "Press Enter", and to what.
    unsaid = {
        text
        for text in widget_words("en")
        if not all(part in said for part in re.split(r"\{\w+\}|\. |, | to ", text))
    }
    assert unsaid == set()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_says_a_foreign_word(page: Page, stack: Stack, language: str) -> None:
    translated = texts(language)
    lead = stack.lead(f"Traduzida {language}")
    await page.goto(f"{stack.ui_url}/?lang={NAMES[language]}")
    found = {}
    for name in PAGES:
        title = translated[f"page.{name}"]
        link = page.get_by_test_id("stSidebarNavLink").filter(
            has_text=re.compile(f"{re.escape(title)}$")
        )
        await link.click()
        await titled(page, title)
        found[name] = await said_in_a_foreign_language(page, language)
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}&lang={NAMES[language]}")
    box = page.get_by_role("combobox", name=translated["act.what"])
    await box.fill("xyz")
    await expect(page.get_by_text(translated["widget.no_results"], exact=True)).to_be_visible()
    await box.press("Escape")
    await page.get_by_role("textbox", name=translated["note.new"]).fill("…")
    keys = page.get_by_test_id("InputInstructions")
    await expect(keys).to_have_text(translated["widget.keys_apply"].format(key="Ctrl"))
    found["note"] = await said_in_a_foreign_language(page, language)
    await page.get_by_role("textbox", name=translated["action.what"]).fill("…")
    await expect(keys).to_have_text(translated["widget.enter_submits"])
    await page.get_by_role("button", name=translated["widget.choose_date"]).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    found["calendar"] = await said_in_a_foreign_language(page, language)
    assert {where: words for where, words in found.items() if words} == {}
