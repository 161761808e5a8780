"""What can be taken away from a lead's page: the managerial report, and the personal data."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.cards import model_score
from ui.lead_view import reason_lines
from ui.lead_view import summary as lead_summary
from ui.session import api, dialog, live_board, perform, translator
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ui.translator import Translator

REPORT_PAGE = Path(__file__).with_name("report.html").read_text(encoding="utf-8")
"""What a report is printed on."""


def report(translate: Translator, lead_id: str) -> None:
    """Offer the managerial report as a page that prints itself."""
    if not st.button(translate("report.make"), icon=":material/description:"):
        return
    answer = perform(
        lambda: api().get(f"/crm/leads/{lead_id}/managerial-report", lang=translate.language)
    )
    if answer is None:
        return
    name = answer["report"]["lead_snapshot"]["nome"]
    st.download_button(
        translate("report.download"),
        paper(translate, answer["report"]),
        f"{name}.html",
        "text/html",
        icon=":material/print:",
        type="primary",
    )
    st.caption(translate("report.hint"))


def paper(translate: Translator, content: dict[str, Any]) -> str:
    """Return the managerial report as a document."""
    lead, score = content["lead_snapshot"], content["qualification_intelligence"]
    reasons = {"score_motivos": score["score_reasons"]}
    rows = "".join(
        f"<tr><td>{line.points:+d}</td>"
        f"<td>{escape(line.text)} <small>{escape(line.detail)}</small></td></tr>"
        for line in reason_lines(translate, reasons)
    )
    advice = [advice["action"] for advice in content["managerial_recommendations"]]
    summary = lead_summary(translate, lead)
    reached = [lead.get("whatsapp"), lead.get("email")]
    chance = translate("lead.chance", percent=translate.percent(score["probability_qualified"]))
    made = translate.when(translate.now().isoformat())
    risks = content["managerial_risks"] or [translate("report.no_risks")]
    body = (
        f"<h1>{escape(lead['nome'])}</h1><p>{escape(summary)}<br>"
        f"{escape(' · '.join(way for way in reached if way))}</p>"
        f'<p class="big">{model_score(lead)}</p><p>{escape(chance)}</p>'
        f"<h2>{escape(translate('lead.why'))}</h2><table>{rows}</table>"
        f"<h2>{escape(translate('report.risks'))}</h2>{_list(risks)}"
        f"<h2>{escape(translate('report.advice'))}</h2>{_list(advice)}"
        f"<p><small>{escape(str(content['governance'].get('note') or ''))}"
        f" {escape(translate('report.made', when=made))}</small></p>"
    )
    return REPORT_PAGE.format(language=translate.language, title=escape(lead["nome"]), body=body)


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(str(line))}</li>" for line in lines) + "</ul>"


def personal_data(translate: Translator, lead_id: str, name: str) -> None:
    """Offer all that is held of a lead, and its erasure."""
    with st.expander(translate("personal.title")):
        st.caption(translate("personal.about"))
        if st.button(translate("personal.gather"), icon=":material/folder_zip:"):
            data = perform(lambda: api().get(f"/leads/{lead_id}/personal-data"))
            if data is not None:
                text = json.dumps(data, ensure_ascii=False, indent=2)
                st.download_button(
                    translate("personal.download"), text, f"{name}.json", "application/json"
                )
        if st.button(translate("personal.erase"), icon=":material/delete_forever:"):
            dialog(translate("personal.erase"), _erase)(lead_id, name)


def _erase(lead_id: str, name: str) -> None:
    translate = translator()
    st.write(translate("personal.sure", name=escape_markdown(name)))
    if st.button(translate("personal.yes"), type="primary", icon=":material/delete_forever:"):
        erased = perform(lambda: api().delete(f"/leads/{lead_id}"), translate("personal.erased"))
        if erased is not None:
            live_board().cards.drop(lead_id)
            st.session_state.pop("lead", None)
            st.query_params.pop("id", None)
            st.rerun()
