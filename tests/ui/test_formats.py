"""Numbers, dates, orders and lists, as the reader's language has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

import ui
from domain.catalogue import LANGUAGES
from tests.ui.browser import choose, drawn
from tests.ui.test_pages import NAMES
from ui.translator import Translator, texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = (
    "page_view", "hook_complete", "cta_click", "whatsapp_click", "asked_price", "proposal_opened",
    "budget_confirmed", "meeting_scheduled",
)  # fmt: skip
WRITTEN = {"pt-BR": r"\d+,\d", "es": r"\d+,\d", "en": r"\d+\.\d"}
MONTH = {"pt-BR": "fevereiro", "es": "febrero", "en": "February"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_chance_is_written_and_read_in_the_readers_language(
    page: Page, stack: Stack, language: str
) -> None:
    words = texts(language)
    await page.goto(f"{stack.ui_url}/setup?lang={NAMES[language]}")
    chance = page.get_by_role("textbox", name=words["policy.warm"])
    await expect(chance).to_have_value(re.compile(WRITTEN[language]))
    await chance.fill("14,6%")
    await chance.press("Enter")
    await expect(page.locator(".st-key-save-bands").get_by_role("button")).to_be_enabled()
    await chance.fill("140")
    await chance.press("Enter")
    translate = Translator(language)
    bounds = {"low": translate.number(0.1, 1), "high": translate.number(99.9, 1)}
    await expect(page.get_by_text(words["policy.no_chance"].format(**bounds))).to_be_visible()


@pytest.mark.parametrize(("language", "shown"), [("pt-BR", "0,02"), ("es", "0,02"), ("en", "0.02")])
async def test_a_threshold_is_written_and_read_in_the_readers_language(
    page: Page, stack: Stack, language: str, shown: str
) -> None:
    words, translate = texts(language), Translator(language)
    await page.goto(f"{stack.ui_url}/setup?lang={NAMES[language]}")
    field = page.get_by_role("textbox", name=words["motives.capture"])
    bounds = {"low": translate.decimal(0.01), "high": translate.decimal(10)}
    told = page.get_by_text(words["number.between"].format(**bounds))
    await expect(field).to_have_value(shown)
    await page.get_by_text(translate.leads.words["motive"]["capture"], exact=True).click()
    await expect(field).to_be_enabled()
    for wrong in ("0,5x", "11"):
        await field.fill(wrong)
        await field.press("Enter")
        await expect(told).to_be_visible()
        await expect(page.locator(".st-key-save-motives").get_by_role("button")).to_be_disabled()
        await field.fill("0,03")
        await field.press("Enter")
        await expect(told).to_be_hidden()


async def test_no_field_writes_decimals_as_the_browser_does() -> None:
    """A number field of Streamlit's is for whole numbers: its bounds are none with a point."""
    for file in Path(ui.__file__).parent.rglob("*.py"):
        for call in re.findall(r"number_input\((?:[^()]|\([^()]*\))*\)", file.read_text("utf-8")):
            assert not re.search(r"\d\.\d|format=", call), (file, call)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_date_is_picked_as_it_is_written(page: Page, stack: Stack, language: str) -> None:
    lead = stack.lead(f"Agendada {language}")
    day = {"next_action_date": "2027-02-03", "next_action_text": "Ligar"}
    stack.http.patch(f"/leads/{lead['id']}/next-action", json=day).raise_for_status()
    written = Translator(language).day("2027-02-03")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}&lang={NAMES[language]}")
    await expect(page.locator(".g-line small").get_by_text(written)).to_be_visible()
    picker = page.get_by_test_id("stDateInput")
    await expect(picker.get_by_role("group").first).to_have_text(
        re.compile(r"\W*".join(re.findall(r"\d+", written)))
    )
    await picker.get_by_role("button", name=texts(language)["widget.choose_date"]).click()
    await expect(page.get_by_role("dialog")).to_contain_text(MONTH[language])


async def test_other_signals_open_into_their_parts(page: Page, stack: Stack) -> None:
    lead = stack.lead("Detalhada")
    stack.fire(lead["id"], *MANY)
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    other = page.locator(".g-reasons details")
    await expect(other.get_by_role("listitem")).to_have_count(0)
    await other.locator("summary").click()
    parts = {
        signal: points
        for reason in stack.read(lead["id"])["score_motivos"]
        if reason.get("code") == "other"
        for signal, points in reason["args"]["parts"]
    }
    told = Translator("pt-BR").leads
    assert parts
    await expect(other.get_by_role("listitem")).to_have_text([*map(told.part, parts.items())])


async def test_a_click_on_a_columns_head_sorts_all_rows(page: Page, stack: Stack) -> None:
    for name in ("Órion", "abel", "Ísis"):
        stack.lead(name, uf="AM")
    await page.goto(f"{stack.ui_url}/leads")
    await choose(page.get_by_role("combobox", name="Estado"), "AM")
    await expect(page.get_by_text("Leads: 3", exact=True)).to_be_visible()
    table, order = page.get_by_test_id("stDataFrame"), page.get_by_role("combobox", name="Ordem")
    await expect(order).to_have_value("Chegou em ↓")
    for chosen, names in (
        ("Nome ↑", ["abel", "Ísis", "Órion"]),
        ("Nome ↓", ["Órion", "Ísis", "abel"]),
    ):
        await drawn(page)
        await expect(table).to_have_count(1)
        # Left of the menu at the column's end, also where a column of owners narrows this one.
        await table.click(position={"x": 165, "y": 18})
        await expect(table.locator('[role="columnheader"]', has_text=chosen)).to_be_attached()
        await expect(order).to_have_value(chosen)
        cells = table.locator('[role="gridcell"][aria-colindex="2"]')
        await expect(cells).to_have_text(names)
