"""The timeline of a lead: what is told of it, in every language, and what is undone from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from playwright.async_api import expect

from ui.timeline import entries, words
from ui.translator import Translator

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack


def item(kind: str, type_: str, hour: int, details: Any = None) -> dict[str, Any]:
    at = f"2026-11-20T{hour:02}:00:00+00:00"
    return {"kind": kind, "id": f"{kind}{hour}", "type": type_, "at": at, "details": details}


def rescored(cause: str, hour: int, before: int | None, after: int) -> dict[str, Any]:
    return item("score", cause, hour, {"score_before": before, "score_after": after})


def test_a_rescore_stands_with_what_caused_it() -> None:
    oldest_first = [
        item("lead", "created", 1), rescored("lead", 1, None, 27),
        item("event", "page_view", 2), item("event", "page_view", 3),
        rescored("page_view", 3, 27, 30), item("note", "NOTE", 4, {"text": "x"}),
        item("event", "crm_manual_move", 5), rescored("crm_manual_move:INBOX", 5, 30, 20),
        rescored("lead", 6, 20, 21),
    ]  # fmt: skip
    told = [(one.item["kind"], one.score) for one in entries(oldest_first[::-1])][::-1]
    assert told == [
        ("lead", (None, 27)), ("event", None), ("event", (27, 30)), ("note", None),
        ("event", (30, 20)), ("score", (20, 21)),
    ]  # fmt: skip


@pytest.mark.parametrize("cause", ["model", "rebuild", "gone", "next_action_cleared"])
def test_what_nobody_did_is_not_told(cause: str) -> None:
    assert entries([rescored(cause, 2, 10, 40)]) == []


def test_what_is_noted_twice_is_told_once() -> None:
    saved = item("event", "next_action_saved", 2, {"next_action_text": "Ligar"})
    noted = item("note", "NEXT_ACTION", 2, {"text": "Ligar"})
    assert [one.item for one in entries([noted, saved])] == [saved]


@pytest.mark.parametrize(
    ("language", "one", "text"),
    [
        ("pt-BR", item("event", "whatsapp_reply", 1, [1]), "Respondeu no WhatsApp"),
        ("es", item("note", "CONTACT", 1, {"text": "call"}), "Contacto: Llamar"),
        ("es", item("event", "crm_contact", 1, {"channel": "call"}), "Contacto: Llamar"),
        ("en", item("event", "crm_contact", 1, {}), "Contact noted"),
        ("en", item("event", "crm_manual_move", 1, {"to_stage": "QUALIFICADO"}),
         "Moved by hand to Qualified"),
        ("en", item("event", "handoff", 1, {}) | {"partner": "Haras"}, "Sent to a partner: Haras"),
        ("en", item("event", "next_action_saved", 1, {
            "next_action_text": "Ligar", "next_action_date": "2026-11-21",
            "next_action_time": "09:00"}), "Next action saved: Ligar · 2026-11-21 09:00"),
    ],
)  # fmt: skip
def test_a_timeline_is_told_in_the_readers_language(
    language: str, one: dict[str, Any], text: str
) -> None:
    assert words(Translator(language), one) == text


@pytest.mark.asyncio(loop_scope="session")
async def test_a_lead_has_a_dated_timeline_from_before_galope(page: Page, stack: Stack) -> None:
    lead = stack.lead("Lembrada")
    connection = await asyncpg.connect(stack.database)
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, ts) VALUES ($1, 'meeting_scheduled', $2)",
        lead["id"], Translator("en").now().replace(year=2019, month=5, day=1, hour=12),
    )  # fmt: skip
    await connection.close()
    rule = {"rule_code": "budget_confirmed", "source": "admin"}
    stack.http.post(f"/crm/leads/{lead['id']}/apply-rule", json=rule).raise_for_status()
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await expect(page.locator(".g-day").first).to_have_text("Hoje")
    await expect(page.locator(".g-day").last).to_have_text("01/05/2019")
    await expect(page.locator('.g-line[data-kind="event"]').last).to_contain_text("Marcou reunião")
    confirmed = page.locator(".g-line[data-kind]", has_text="Orçamento confirmado")
    await expect(confirmed).to_be_visible()
    score = await page.locator(".g-score[data-score] b").inner_text()
    await page.get_by_role("button", name="Desfazer", exact=True).click()
    await expect(confirmed).to_be_hidden()
    await expect(page.locator(".g-score[data-score] b")).not_to_have_text(score)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_contact_noted_by_mistake_is_undone(page: Page, stack: Stack) -> None:
    lead = stack.lead("Engano", whatsapp="34 99999-4444")
    contact = {"channel": "whatsapp"}
    stack.http.post(f"/crm/leads/{lead['id']}/contacts", json=contact).raise_for_status()
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    noted = page.locator(".g-line[data-kind]", has_text="Contato: WhatsApp")
    await expect(noted).to_be_visible()
    await page.get_by_role("button", name="Desfazer", exact=True).click()
    await expect(noted).to_be_hidden()
    assert stack.http.get("/crm/contacts").json().get(lead["id"]) is None
