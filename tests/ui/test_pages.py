"""Every page in a real browser, in every language, and what people do on them."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from domain.catalogue import LANGUAGES, catalogue
from tests.ui.browser import choose, drawn, new_page, titled
from ui.translator import texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = ("overview", "today", "kanban", "lead", "leads", "clients", "partners", "create",
         "import", "findings", "segments", "origins", "experiments", "model",
         "setup")  # fmt: skip
TALK = (
    "Respondeu no WhatsApp", "Orçamento confirmado", "Prazo confirmado", "Necessidade confirmada",
)  # fmt: skip
NAMES = {"pt-BR": "Português", "es": "Español", "en": "English"}
KEY = re.compile(
    r"\b(?:page|field|lead|import|findings|anomaly|groups|origins|experiments|webhooks|topic|timeline|contact|card|kanban|overview|setup|policy|keys|model|contest|version|audit|away|error|clients)\.[a-z_]+\b"
)


def only_in(language: str) -> list[str]:
    """Texts of the language that no other one has, long enough to be no part of a name."""
    others = {text for one in LANGUAGES if one != language for text in texts(one).values()}
    mine = set(texts(language).values()) - others
    return [text for text in mine if len(text) > 12 and "{" not in text]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_speaks_the_language(page: Page, stack: Stack, language: str) -> None:
    page_texts = texts(language)
    foreign = [text for other in LANGUAGES if other != language for text in only_in(other)]
    await page.goto(f"{stack.ui_url}/?lang={NAMES[language]}")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    for name in PAGES:
        link = page.get_by_test_id("stSidebarNavLink").filter(
            has_text=re.compile(f"{re.escape(page_texts[f'page.{name}'])}$")
        )
        await link.click()
        await titled(page, page_texts[f"page.{name}"])
        await expect(page.get_by_test_id("stStatusWidget")).to_be_hidden()
        body = await page.locator("body").inner_text()
        assert not KEY.findall(body)
        assert not [text for text in foreign if text in body]
        assert await page.get_by_test_id("stException").count() == 0


async def test_the_reasons_add_up_to_the_score(page: Page, stack: Stack) -> None:
    lead = stack.lead("Somada")
    stack.fire(lead["id"], "hook_complete", "cta_click", "no_reply_3d")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    shown = page.locator(".g-score[data-score]")
    await expect(shown.locator("b")).to_have_text("56")
    rows = page.locator(".g-reasons tbody .n")
    await expect(page.locator(".g-reasons tfoot .n")).to_have_text("= 56")
    assert sum(int(text) for text in await rows.all_inner_texts()) == 56


async def test_a_refused_handoff_says_what_is_missing(page: Page, stack: Stack) -> None:
    lead = stack.lead("Apressada")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await page.get_by_role("button", name="Passar para um parceiro").click()
    warning = page.get_by_test_id("stAlert").filter(has_text="Ainda não dá para enviar")
    await expect(warning).to_contain_text("Falta confirmar: orçamento, prazo, necessidade")
    await expect(warning).to_contain_text("precisa chegar a 70")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_report_is_printed_in_the_readers_language(
    page: Page, stack: Stack, language: str
) -> None:
    lead = stack.lead(f"Relatada {language}")
    page_texts = texts(language)
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}&lang={NAMES[language]}")
    await page.get_by_role("button", name=page_texts["report.make"]).click()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name=page_texts["report.download"]).click()
    download = await downloading.value
    paper = Path(await download.path()).read_text(encoding="utf-8")
    for other in LANGUAGES:
        sentences = catalogue(other).words
        expected = sentences["risk"]["no_contact"], sentences["report"]["governance"]
        assert [escape(text) in paper for text in expected] == [other == language] * len(expected)


async def test_what_if_stores_nothing(page: Page, stack: Stack) -> None:
    lead = stack.lead("Hipotética")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await page.get_by_role("button", name="Marcou reunião").click()
    await expect(page.get_by_text("+35 na nota em relação a agora")).to_be_visible()
    assert stack.read(lead["id"])["score"] == 27


async def test_what_was_recorded_by_mistake_is_undone(page: Page, stack: Stack) -> None:
    lead = stack.lead("Enganada")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await choose(
        page.get_by_role("combobox", name="Registrar um acontecimento"), "Orçamento confirmado"
    )
    await page.get_by_role("button", name="Registrar", exact=True).click()
    shown, undo = page.locator(".g-score[data-score] b"), page.get_by_text("Desfazer: Orçamento")
    await expect(shown).to_have_text("42")
    await undo.click()
    await expect(page.get_by_text("Desfeito. Nota: 42 → 27")).to_be_visible()
    await expect(shown).to_have_text("27")
    await expect(undo).to_be_hidden()
    assert stack.read(lead["id"])["score"] == 27


async def test_what_came_of_an_action_drives_what_is_next(page: Page, stack: Stack) -> None:
    lead = stack.lead("Pontual", orcamento_faixa="60k+", prazo_compra="7d", email="pontual@x.com")
    stack.fire(lead["id"], "hook_complete")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    score = page.locator(".g-score[data-score] b")
    await expect(score).to_have_text("70")
    await page.get_by_role("button", name="Feito").click()
    await page.locator(".st-key-result-budget_confirmed").get_by_role("button").click()
    await expect(score).to_have_text("85")
    notes = stack.http.get(f"/crm/leads/{lead['id']}/notes").json()["notes"]
    assert notes[0]["text"].startswith("Feito: ")
    assert stack.contacted_by(lead["id"]) == ["email"]
    after = stack.read(lead["id"])
    assert after["next_best_action"]["missing"] == ["timeline_confirmed", "need_confirmed"]
    assert after["next_action_text"] == after["next_best_action"]["text"]
    await page.get_by_role("button", name="Feito").click()
    await page.get_by_role("button", name="Não respondeu").click()
    await expect(page.get_by_text("Ficou para amanhã às 9h")).to_be_visible()
    assert stack.read(lead["id"])["next_action_time"].startswith("09:00")


async def test_a_handoff_names_its_partner_and_is_taken_back(page: Page, stack: Stack) -> None:
    lead = stack.lead("Passada")
    for signal in ("budget_confirmed", "timeline_confirmed", "need_confirmed", "hook_complete"):
        stack.fire(lead["id"], signal)
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await expect(page.locator(".g-score[data-score] b")).to_have_text("77")
    await page.get_by_role("button", name="Passar para um parceiro").click()
    asked = page.get_by_role("dialog")
    confirm = asked.get_by_role("button", name="Sim, passar")
    await expect(confirm).to_be_disabled()
    await choose(asked.get_by_role("combobox", name="Parceiro"), "Sem parceiro")
    await confirm.click()
    await expect(asked).to_be_hidden()
    undo = page.get_by_role("button", name="Desfazer o envio")
    await expect(undo).to_be_visible()
    assert stack.read(lead["id"])["status"] == "ENVIADO"
    await undo.click()
    await expect(page.get_by_text("Envio desfeito")).to_be_visible()
    assert stack.read(lead["id"])["status"] == "QUALIFICADO"


async def test_the_hottest_lead_is_called_in_two_clicks(page: Page, stack: Stack) -> None:
    lead = stack.lead("Urgente", whatsapp="+55 34 912345678", uf="TO")
    confirmed = ("budget_confirmed", "timeline_confirmed", "need_confirmed")
    stack.fire(lead["id"], "hook_complete", "cta_click", "whatsapp_reply", *confirmed)
    await page.goto(stack.ui_url)
    await page.get_by_test_id("stSidebarNavLink").filter(has_text="Hoje").click()
    call = page.locator(f".st-key-contact-call-{lead['id']}").get_by_role("link")
    await expect(call).to_have_attribute("href", "tel:+5534912345678")


async def tick(page: Page, row: int) -> None:
    """Tick a row of the table of leads, which is drawn on a canvas."""
    table = page.get_by_test_id("stDataFrame")
    await drawn(page)
    await expect(table).to_have_count(1)  # the one before a filter goes when the new one is there
    await table.click(position={"x": 17, "y": 52 + 33 * row})


async def test_a_tick_stays_with_its_lead(page: Page, stack: Stack) -> None:
    lead = stack.lead("Marcada", uf="RR")
    other = stack.lead("Vizinha de cima", uf="RR", segmento_interesse="EVENTOS")
    await page.goto(f"{stack.ui_url}/leads")
    await choose(page.get_by_role("combobox", name="Estado"), "RR")
    await expect(page.get_by_text("Leads: 2", exact=True)).to_be_visible()
    await tick(page, 1)
    erase = page.get_by_role("button", name="Excluir marcados (1)")
    await expect(erase).to_be_visible()
    stack.lead("Recém-chegada", uf="RR", orcamento_faixa="60k+")
    await erase.click()
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("Marcada")
    await asked.get_by_role("button", name="Sim, excluir").click()
    await expect(page.get_by_text("Leads: 2", exact=True)).to_be_visible()
    assert stack.http.get(f"/leads/{lead['id']}").status_code == 404
    assert stack.http.get(f"/leads/{other['id']}").is_success
    await tick(page, 1)
    await expect(erase).to_be_visible()
    await choose(page.get_by_role("combobox", name="Segmento"), "Eventos")
    await expect(page.get_by_text("Marque leads na tabela")).to_be_visible()


async def test_who_is_called_from_the_board_is_asked_what_came_of_it(
    page: Page, stack: Stack
) -> None:
    lead = stack.lead("Chamada", whatsapp="34 99999-1111", email="chamada@example.com", uf="SE")
    await page.goto(f"{stack.ui_url}/kanban")
    card = page.locator(f'.card[data-id="{lead["id"]}"]')
    await page.get_by_placeholder("Nome, cidade, telefone ou e-mail").fill("Chamada")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card[data-id]")).to_have_count(1)  # it moves until then
    await expect(card.locator(".contact")).to_have_text("Sem contato; chegou hoje")
    await card.locator(".name").click()
    drawer = page.get_by_role("dialog")
    for channel, start in (
        ("E-mail", "mailto:chamada@"),
        ("WhatsApp", "https://wa.me/5534999991111"),
    ):
        link = drawer.get_by_role("link", name=channel, exact=True)
        await expect(link).to_have_attribute("href", re.compile(re.escape(start)))
    await drawer.get_by_role("link", name="Ligar").click()
    await drawer.get_by_role("button", name="Retorno positivo").click()
    await expect(drawer.get_by_text("Contato: Ligar")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(card.locator(".contact")).to_have_text("Último contato: hoje")


async def test_who_is_called_from_the_list_is_asked_what_came_of_it(
    page: Page, stack: Stack
) -> None:
    lead = stack.lead("Listada", whatsapp="34 99999-2222", uf="PI")
    await page.goto(f"{stack.ui_url}/leads")
    await choose(page.get_by_role("combobox", name="Estado"), "PI")
    await expect(page.get_by_text("Leads: 1", exact=True)).to_be_visible()
    await tick(page, 0)
    await page.get_by_role("link", name="Ligar").click()
    await page.get_by_role("button", name="Não respondeu").click()
    await expect(page.get_by_text("Ficou para amanhã às 9h")).to_be_visible()
    assert stack.contacted_by(lead["id"]) == ["call"]


async def test_a_lead_that_is_gone_does_not_keep_others_from_being_moved(
    page: Page, stack: Stack
) -> None:
    lead = stack.lead("De baixo", uf="AP")
    gone = stack.lead("De cima", uf="AP")
    await page.goto(f"{stack.ui_url}/leads")
    await choose(page.get_by_role("combobox", name="Estado"), "AP")
    await expect(page.get_by_text("Leads: 2", exact=True)).to_be_visible()
    for row in range(2):
        await tick(page, row)
        await expect(page.get_by_text(f"Mover marcados ({row + 1})")).to_be_visible()
    await page.get_by_role("button", name="Mover marcados (2)").click()
    asked = page.get_by_role("dialog")
    await asked.get_by_text("Qualificado").click()
    stack.http.delete(f"/leads/{gone['id']}").raise_for_status()
    await asked.get_by_role("button", name="Mover", exact=True).click()
    await expect(page.get_by_text("Movidos: 1")).to_be_visible()
    await expect(page.get_by_text("Não existem mais: 1")).to_be_visible()
    assert stack.read(lead["id"])["crm_stage"] == "QUALIFICADO"


async def test_a_name_is_shown_as_it_was_written(page: Page, stack: Stack) -> None:
    name = "<b>Ana</b> **Forte** [aqui](x) :red[oi] $x$ 🐎 שלום"
    lead = stack.lead(name, cidade="M" * 300)
    await page.goto(f"{stack.ui_url}/kanban")
    await page.locator(f'.card[data-id="{lead["id"]}"] .name').click()
    await expect(page.get_by_role("dialog")).to_contain_text(name)
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await titled(page, name)
    wider = "one => one.scrollWidth > one.clientWidth"
    assert not await page.get_by_test_id("stMain").evaluate(wider)


async def test_a_lead_is_put_right(page: Page, stack: Stack) -> None:
    lead = stack.lead("Erada", whatsapp="34 99999-0000", prazo_compra="no verão")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    talk = page.get_by_role("link", name="WhatsApp")
    await expect(talk).to_have_attribute("href", re.compile(r"https://wa\.me/5534999990000\?text="))
    await page.get_by_role("button", name="Corrigir cadastro").click()
    asked = page.get_by_role("dialog")
    await asked.get_by_label("Nome").fill("")
    await asked.get_by_role("button", name="Salvar").click()
    await expect(asked.get_by_text("Preencha pelo menos o nome e o segmento")).to_be_visible()
    await asked.get_by_label("Nome").fill("Certa")
    await asked.get_by_label("WhatsApp").fill("")
    await asked.get_by_role("button", name="Salvar").click()
    await titled(page, "Certa")
    await expect(talk).to_be_hidden()
    now = stack.read(lead["id"])
    assert (now["nome"], now["whatsapp"], now["prazo_compra"]) == ("Certa", None, "no verão")


async def test_the_pitch_demo_from_start_to_end(page: Page, stack: Stack) -> None:
    await page.goto(f"{stack.ui_url}/create")
    await page.get_by_role("button", name="Começar", exact=True).click()
    await expect(page.locator(".card[data-id]")).to_have_count(3)
    hot = page.locator(".card[data-id]", has_text="Otavio Vilela Xavier")
    await expect(hot.locator(".score")).to_have_text("55")
    last = page.locator(".st-key-pitch_2")
    for kind, score in (("Completou o questionário", "70"), ("Clicou no botão de ação", "90")):
        await last.get_by_role("button", name=kind).click()
        await expect(hot.locator(".score")).to_have_text(score)
        await expect(hot.locator(".why")).to_contain_text(kind)
    cold = page.locator('.column[data-stage="INBOX"] .card[data-id]', has_text="Tomas Leal Fontes")
    await expect(cold).to_be_visible()
    first = page.locator(".st-key-pitch_0")
    for kind in ("Completou o questionário", "Clicou no botão de ação"):
        await first.get_by_role("button", name=kind).click()
    warm = page.locator(
        '.column[data-stage="AQUECENDO"] .card[data-id]', has_text="Tomas Leal Fontes"
    )
    await expect(warm).to_be_visible()
    await expect(last.get_by_text("90 ◐ Otavio Vilela Xavier")).to_be_visible()
    for kind in TALK:
        await last.get_by_role("button", name=kind).click()
    qualified = page.locator('.column[data-stage="QUALIFICADO"] .card[data-id]')
    await expect(qualified).to_contain_text("Otavio Vilela Xavier")
    await last.get_by_role("button", name="Passar para um parceiro").click()
    sent = page.locator('.column[data-stage="ENVIADO"] .card[data-id]')
    await expect(sent).to_contain_text("Otavio Vilela Xavier")
    made = await warm.get_attribute("data-id")
    await page.get_by_role("button", name="Encerrar e apagar").click()
    await expect(page.get_by_role("button", name="Começar", exact=True)).to_be_visible()
    assert stack.http.get(f"/leads/{made}").status_code == 404


async def test_the_pitch_s_leads_stay_on_a_board_that_another_watches(
    page: Page, stack: Stack
) -> None:
    watching = await new_page(page.context)
    await watching.goto(f"{stack.ui_url}/kanban")
    await watching.get_by_placeholder("Nome, cidade, telefone ou e-mail").fill("Vilela Xavier")
    await watching.keyboard.press("Enter")
    seen = watching.locator(".card[data-id]")
    await expect(seen).to_have_count(0)
    await watching.evaluate("window.watching = true")
    await page.goto(f"{stack.ui_url}/create")
    await page.get_by_role("button", name="Começar", exact=True).click()
    await expect(seen).to_have_count(1)
    banner = watching.get_by_text("Sem contato com o servidor")
    stack.api.kill()
    try:
        await expect(banner).to_be_visible()
    finally:
        stack.api.start()
        stack.wait_for_api()
    await expect(banner).to_be_hidden()  # The whole board was read anew.
    await expect(page.locator(".card[data-id]")).to_have_count(3)
    await page.locator(".st-key-pitch_2").get_by_role("button", name="questionário").click()
    await expect(seen.locator(".score")).to_have_text("70")
    assert await watching.evaluate("window.watching")
    await page.get_by_role("button", name="Encerrar e apagar").click()
    await expect(seen).to_have_count(0)


async def test_a_lead_is_made_by_hand_and_walked_through_the_funnel(
    page: Page, stack: Stack
) -> None:
    await page.goto(f"{stack.ui_url}/create")
    await page.get_by_role("tab", name="Cadastrar lead").click()
    await page.get_by_role("button", name="Interessado").click()
    name = page.get_by_role("textbox", name="Nome")
    await expect(name).to_have_value("Marina Prado Neves")
    await page.get_by_role("button", name="Cadastrar", exact=True).click()
    score = page.get_by_role("tabpanel").locator(".g-score b")
    await expect(score).to_have_text("27")
    await page.get_by_role("button", name="Completou o questionário").click()
    await expect(score).to_have_text("42")


async def test_a_lead_that_is_gone_does_not_stand_in_the_way(page: Page, stack: Stack) -> None:
    lead = stack.lead("Sumida")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await titled(page, "Sumida")
    stack.http.delete(f"/leads/{lead['id']}").raise_for_status()
    await page.reload()
    await expect(page.get_by_text("Isto não existe mais")).to_be_visible()
    await page.get_by_role("textbox", name="Procurar").fill("Ana Modelo")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Ana Modelo").click()
    await titled(page, "Ana Modelo")


async def test_leads_are_erased_only_when_confirmed(page: Page, stack: Stack) -> None:
    lead = stack.lead("Passageira", uf="AC")
    await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
    await page.get_by_text("Dados pessoais").click()
    await drawn(page)  # a click is lost on a button that is drawn anew
    await page.get_by_role("button", name="Excluir para sempre").click()
    assert stack.http.get(f"/leads/{lead['id']}").is_success
    await page.get_by_role("dialog").get_by_role("button", name="Sim, excluir").click()
    await expect(page.get_by_text("Escolha um lead")).to_be_visible()
    assert stack.http.get(f"/leads/{lead['id']}").status_code == 404
