"""The model's page: before and after there are measures, and versions behind a question."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from playwright.async_api import expect

from demo.ids import demo_id
from domain.catalogue import LANGUAGES
from domain.profile import INVENTED_IDS
from offline.findings import Code, Finding
from offline.selection import CASCADE
from online_models.contest import Contest
from online_models.day_zero import day_zero
from online_models.learner import Learner
from tests.ui.browser import drawn
from ui.audit import text
from ui.translator import Translator, texts
from ui.versions import reason_text, same_model

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.ui.stack import Stack

BANDS = {
    "CURIOSO": {"examples": 80, "said": 0.1, "converted": 0.12},
    "QUALIFICADO": {"examples": 1_240, "said": 0.67, "converted": 0.71},
}
MEASURES = {
    "auc": 0.79, "ece": 0.021, "precision_at_top": 0.72, "leads": 600, "base_rate": 0.22,
    "by_band": BANDS, "error_changed_at": "2026-03-05T12:00:00+00:00",
    "shifted": {"event:cta_click|count": 0.4, "event:cta_click|recent": 0.3},
}  # fmt: skip
SUBJECTS = {
    Code.SCORE_DECIDES: "score >= 60",
    Code.SAME_REASONS: "event:cta_click, timing",
    Code.SAME_TOP_REASON: "none",
    Code.FEW_LEADS: "profile:cidade: vitória da conquista (9), uberaba (11) +3",
}


COMMAND_MS = 60_000
"""For a command that is started by a click: it loads half the product first."""


async def execute(stack: Stack, statement: str, *values: Any) -> Any:
    connection = await asyncpg.connect(stack.database)
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


async def keep_model(stack: Stack) -> int:
    """Keep the team's rules as a version, so that no score changes with it."""
    version: int = await execute(
        stack,
        "INSERT INTO galope.model_version (head, model, reason)"
        " VALUES ('qualify', $1, 'kept') RETURNING version",
        json.dumps(day_zero().to_json()),
    )
    return version


def scoring(stack: Stack) -> int | None:
    items = stack.http.get("/ml/models").json()["items"]
    return next((one["version"] for one in items if one["scores"]), None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_whatever_the_audit_finds_is_said(language: str, code: Code) -> None:
    finding = Finding(code, SUBJECTS.get(code, "profile:orcamento_faixa|60k+"), 0.97, 0.95)
    finding_text = text(Translator(language), finding.as_json())
    assert "60k+" not in finding_text
    assert "event:" not in finding_text
    assert "profile:" not in finding_text
    assert texts(language)[f"remedy.{code}"]


REASONS: dict[str, dict[str, Any]] = {
    "by_hand": {},
    "experiment": {"experiment": "melhor-ordem"},
    "bands": {"version": "3", "warm": 0.1, "hot": 0.35},
    "added": {"file": "june.json"},
    "took_over": {"name": "quick", "before": "frozen", "judged": 120},
    "trained_better": {"measure": "brier", "mine": 0.14, "theirs": 0.15},
    "trained_worse": {"measure": "latency", "mine": 9.0, "theirs": 5.0},
    "trained_worse_than_taught": {"measure": "auc", "mine": 0.74, "theirs": 0.82},
    "trained_even": {},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_version_is_there_for_is_said(language: str) -> None:
    translate, catalogue = Translator(language), texts(language)
    assert {f"reason.{code}" for code in REASONS} == {
        key for key in catalogue if key.startswith("reason.")
    }
    assert {f"measure.{rung.code}" for rung in CASCADE} == {
        key for key in catalogue if key.startswith("measure.")
    }
    sentences = {
        code: reason_text(translate, "?", {"code": code, **facts})
        for code, facts in REASONS.items()
    }
    assert len({*sentences.values(), "?"}) == len(sentences) + 1
    assert "june.json" in sentences["added"]
    assert catalogue["contender.quick"] in sentences["took_over"]
    assert catalogue["contender.frozen"] in sentences["took_over"]
    assert "120" in sentences["took_over"]
    assert catalogue["measure.brier"] in sentences["trained_better"]
    assert translate.number(0.14, 3) in sentences["trained_better"]


@pytest.mark.parametrize("facts", [{}, {"code": "of_a_later_galope", "x": 1}])
def test_a_reason_that_has_no_words_is_told_as_it_is_stored(facts: dict[str, Any]) -> None:
    assert reason_text(Translator("pt-BR"), "the new form is live", facts) == "the new form is live"


def test_groups_are_named_as_people_write_them() -> None:
    translate = Translator("pt-BR")
    few = Finding(Code.FEW_LEADS, SUBJECTS[Code.FEW_LEADS], 9, 20)
    assert "Cidade: Vitória Da Conquista (9), Uberaba (11) +3" in text(translate, few.as_json())
    assert translate.feature("profile:uf|mg") == "Estado (MG)"
    assert translate.feature("profile:segmento_interesse|cavalos") == "Segmento (Cavalos)"
    assert translate.feature("timing|hours_known") == "Idade do lead e intervalo entre contatos"


@pytest.mark.asyncio(loop_scope="session")
async def test_before_outcomes_it_says_when_they_come(page: Page, stack: Stack) -> None:
    await page.goto(f"{stack.ui_url}/model")
    await expect(page.get_by_text("a nota é a soma das regras da equipe")).to_be_visible()
    await expect(page.get_by_text("A primeira conferência vem")).to_be_visible()
    await page.get_by_role("button", name="Conferir agora").click()
    answer = page.get_by_text("poucos leads com resultado para conferir")
    await expect(answer).to_be_visible(timeout=COMMAND_MS)
    await page.get_by_role("button", name="Aprender agora").click()
    answer = page.get_by_text("poucos leads com resultado para aprender")
    await expect(answer).to_be_visible(timeout=COMMAND_MS)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_was_said_is_told_against_what_happened(page: Page, stack: Stack) -> None:
    contest = Contest("frozen", {"steady": [0.0] * 4, "quick": [19_000.0] * 4}, 70)
    await execute(
        stack,
        "INSERT INTO galope.model_metric (head, version, contender, metrics)"
        " VALUES ('qualify', 0, 'champion', $1)",
        json.dumps(MEASURES),
    )
    await execute(
        stack,
        "INSERT INTO galope.learner (head, model_version, learned, state, base_version)"
        " VALUES ('qualify', 0, 90, $1, 0) ON CONFLICT (head) DO UPDATE SET state = excluded.state",
        json.dumps(Learner(day_zero()).to_json() | {"contest": contest.to_json()}),
    )
    try:
        await page.goto(f"{stack.ui_url}/model")
        for line in (
            "Regras da equipe: conferência em 600 leads",
            "o que qualificou tinha a nota maior em 79% das vezes",
            "em 1.240 situações dissemos que 67% qualificariam; 71% qualificaram",
            "diferentes dos de antes em: Clicou no botão de ação.",
            "O acerto das notas mudou por volta de 05/03/2026",
            "O modelo como foi treinado dá as notas.",
            "O que aprende depressa: está perto de assumir (99% do caminho)",
            "O que aprende devagar: nada indica que seria melhor (0% do caminho para assumir)",
        ):
            await expect(page.get_by_text(line)).to_be_visible()
        await expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    finally:
        await execute(stack, "DELETE FROM galope.model_metric")
        await execute(stack, "DELETE FROM galope.learner")


@pytest.mark.asyncio(loop_scope="session")
async def test_versions_change_only_when_confirmed(page: Page, stack: Stack) -> None:
    version = await keep_model(stack)
    await page.goto(f"{stack.ui_url}/model")
    await page.get_by_role("button", name="Usar esta").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(f"Versão {version} passa a dar todas as notas")
    assert scoring(stack) is None
    await dialog.get_by_role("button", name="Sim, mudar").click()
    await expect(page.get_by_text("Mudado: as notas estão sendo refeitas")).to_be_visible()
    await expect(page.get_by_text("em uso · desde")).to_be_visible()
    await expect(page.get_by_text("Escolhida à mão")).to_be_visible()
    assert scoring(stack) == version
    await page.get_by_role("button", name="Voltar à anterior").click()
    await expect(dialog).to_contain_text("Regras da equipe")
    assert scoring(stack) == version
    await dialog.get_by_role("button", name="Sim, mudar").click()
    await expect(page.get_by_role("button", name="Voltar à anterior")).to_have_count(0)
    assert scoring(stack) is None


def test_another_scale_is_the_same_model_and_keeps_its_figures() -> None:
    trained = {"version": 3, "reason_facts": {"code": "trained_better"}, "metrics": {"auc": 0.8}}
    banded = {"version": 5, "reason_facts": {"code": "bands", "version": "3"}, "metrics": {}}
    undone = {"version": 6, "reason_facts": {"code": "bands", "version": "5"}, "metrics": {}}
    items = [undone, banded, trained]
    assert same_model(items, 6) == [undone, banded, trained]
    assert same_model(items, 3) == [trained]
    assert same_model(items, 0) == []


def test_the_page_knows_invented_leads_by_their_ids() -> None:
    assert str(demo_id("lead", 1)).startswith(INVENTED_IDS)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_in_the_streams_way_stands_above_every_page(page: Page, stack: Stack) -> None:
    await execute(stack, "UPDATE galope.cursor SET problem = 'triggers of events are disabled'")
    await page.goto(f"{stack.ui_url}/model")
    await expect(page.get_by_text("triggers of events are disabled")).to_be_visible()
    await execute(stack, "UPDATE galope.cursor SET problem = NULL")
    await page.goto(f"{stack.ui_url}/model")
    await drawn(page)
    await expect(page.get_by_text("triggers of events are disabled")).to_have_count(0)
