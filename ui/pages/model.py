"""How well a model does, in plain words, and what a person may change about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.profile import INVENTED_IDS
from ui import audit, evaluation, quality, theme, versions
from ui.learned_actions import learned_actions
from ui.question import Question, choose
from ui.recommendations import recommendations
from ui.session import fetch, fragment, live_board, translator
from ui.versions import RULES

if TYPE_CHECKING:
    from ui.translator import Translator


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.model"), translate("model.about"))
    question = choose(translate)
    models = fetch("/ml/models", head=question.head)
    if not any(item["scores"] for item in models["items"]):
        which = "rules" if models["items"] else "none"
        text = question.text(translate, which, head=question.head)
        st.info(text, icon=":material/rule:")
    if any(card.id.startswith(INVENTED_IDS) for card in live_board().cards.all()):
        st.info(translate("model.invented"), icon=":material/theater_comedy:")
    version = next((item["version"] for item in models["items"] if item["scores"]), RULES)
    same = versions.same_model(models["items"], version)
    trained: quality.Measures = next((item["metrics"] for item in same if item["metrics"]), {})
    kept = fetch("/ml/metrics", head=question.head)
    live = next((item for item in kept if item["contender"] == quality.SHOWN), None)
    measured = live is not None and live["version"] in {
        version,
        *(item["version"] for item in same),
    }
    shown = live["metrics"] if live and measured else trained
    quality.numbers(translate, question, version, shown)
    if question.head:
        _held_out(translate, question, trained)
    else:
        evaluation.evaluation_view(translate)
    _live(translate, question, models, live, trained)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.header(translate("model.drift"), anchor=False)
        quality.drift(translate, live and live["metrics"])
    with right, st.container(border=True):
        st.header(translate("contest.title"), anchor=False)
        versions.contest_view(translate, question, models, version)
    if models["items"]:
        with st.container(border=True):
            versions.version_list(translate, question, models["items"])
    if not question.head:
        recommendations(translate)
        learned_actions(translate)
    _work(question)


def _held_out(translate: Translator, question: Question, trained: quality.Measures) -> None:
    """Say how a further head's model did on what training kept from it."""
    with st.container(border=True):
        st.header(translate("asked.title"), anchor=False)
        quality.in_training(translate, question, trained)
        st.caption(translate("asked.no_evaluation"))


def _live(
    translate: Translator,
    question: Question,
    models: dict[str, Any],
    live: dict[str, Any] | None,
    trained: quality.Measures,
) -> None:
    """Say how good the scores were, now that the outcomes are known."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.header(translate("model.over_time"), anchor=False)
        quality.over_time(translate, question, models, live)
    with right, st.container(border=True):
        st.header(translate("model.bands"), anchor=False)
        if live:
            quality.bands(translate, question, live["metrics"]["by_band"])
        else:
            quality.in_training(translate, question, {} if question.head else trained)


@fragment()
def _work(question: Question) -> None:
    translate = translator()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        versions.retrain(translate, question)
    with right, st.container(border=True):
        audit.audit_view(translate, question)
