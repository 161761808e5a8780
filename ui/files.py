"""What can be taken away from a lead's page: the managerial report, and the personal data."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.look import literal
from ui.parts import reason_lines
from ui.session import act, api, aside, live, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ui.words import Words

PAPER = Path(__file__).with_name("paper.html").read_text(encoding="utf-8")
"""What a report is printed on."""


def report(said: Words, lead_id: str) -> None:
    """Offer the managerial report as a page that prints itself."""
    if not st.button(said("report.make"), icon=":material/description:"):
        return
    found = act(lambda: api().get(f"/crm/leads/{lead_id}/managerial-report", lang=said.language))
    if found is None:
        return
    name = found["report"]["lead_snapshot"]["nome"]
    st.download_button(
        said("report.download"), paper(said, found["report"]), f"{name}.html", "text/html",
        icon=":material/print:", type="primary",
    )  # fmt: skip
    st.caption(said("report.hint"))


def paper(said: Words, found: dict[str, Any]) -> str:
    """Return the managerial report as a document."""
    lead, score = found["lead_snapshot"], found["qualification_intelligence"]
    rows = "".join(
        f"<tr><td>{points:+d}</td><td>{escape(text)} <small>{escape(detail)}</small></td></tr>"
        for points, text, detail in reason_lines(said, {"score_motivos": score["motivos"]})
    )
    body = (
        f"<h1>{escape(lead['nome'])}</h1><p>{escape(found['executive_summary'])}</p>"
        f'<p class="big">{score["score"]}</p>'
        f"<h2>{escape(said('lead.why'))}</h2><table>{rows}</table>"
        f"<h2>{escape(said('report.risks'))}</h2>{_list(found['managerial_risks'])}"
        f"<h2>{escape(said('report.advice'))}</h2>{_list(found['managerial_recommendations'])}"
        f"<p><small>{escape(str(found['governance'].get('note') or ''))}</small></p>"
    )
    return PAPER.format(language=said.language, title=escape(lead["nome"]), body=body)


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(str(one))}</li>" for one in lines) + "</ul>"


def personal_data(said: Words, lead_id: str, name: str) -> None:
    """Offer all that is held of a lead, and its erasure."""
    with st.expander(said("personal.title")):
        st.caption(said("personal.about"))
        if st.button(said("personal.gather"), icon=":material/folder_zip:"):
            found = act(lambda: api().get(f"/leads/{lead_id}/personal-data"))
            if found is not None:
                text = json.dumps(found, ensure_ascii=False, indent=2)
                st.download_button(
                    said("personal.download"), text, f"{name}.json", "application/json"
                )
        if st.button(said("personal.erase"), icon=":material/delete_forever:"):
            aside(said("personal.erase"), _erase)(lead_id, name)


def _erase(lead_id: str, name: str) -> None:
    said = words()
    st.write(said("personal.sure", name=literal(name)))
    if st.button(said("personal.yes"), type="primary", icon=":material/delete_forever:"):
        erased = act(lambda: api().delete(f"/leads/{lead_id}"), said("personal.erased"))
        if erased is not None:
            live().cards.drop(lead_id)
            st.session_state.pop("lead", None)
            st.query_params.pop("id", None)
            st.rerun()
