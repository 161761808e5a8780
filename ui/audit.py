"""What the audit found, in words."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.session import wait_for
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from ui.question import Question
    from ui.translator import Translator

RESULT = "findings"

IN_LEADS = {"few_leads", "one_outcome_groups"}
"""Codes whose figure counts leads; of the others it is a share."""

SERIOUS = "serious"

GROUP = re.compile(r"(?P<answer>[^,()]+?) \((?P<leads>\d+)\)")
"""An answer and how many leads gave it."""


def audit_view(translate: Translator, question: Question) -> None:
    """Let the reader have the history audited; show what was found."""
    st.header(translate("audit.title"), anchor=False)
    st.write(translate("audit.about"))
    if st.button(translate("audit.do"), icon=":material/fact_check:"):
        with st.spinner(translate("audit.doing"), show_time=True):
            too_little = "asked.audit_too_little" if question.head else "audit.too_little"
            answer = wait_for(question.address("/admin/ml/audit"), translate(too_little))
        if answer is not None:
            st.session_state[RESULT] = (question, answer)
    asked, result = st.session_state.get(RESULT, (None, None))
    if asked == question:
        _show(translate, result)


def _show(translate: Translator, result: dict[str, Any]) -> None:
    summary = translate(
        "audit.summary",
        leads=translate.number(result["leads"]),
        resolved=translate.number(result["resolved"]),
        when=translate.when(result["at"]),
    )
    if not result["findings"]:
        st.success(translate("audit.none"), icon=":material/check_circle:")
    for finding in result["findings"]:
        serious = finding["severity"] == SERIOUS
        severity = translate("audit.serious" if serious else "audit.warning")
        with st.container(border=True, gap="xsmall"):
            mark = "▲" if serious else "◐"
            st.markdown(f"**{mark} {severity}.** {escape_markdown(text(translate, finding))}")
            st.caption(translate(f"remedy.{finding['code']}"))
    if result["unchecked"]:
        st.caption(translate("audit.unchecked", count=len(result["unchecked"])))
    st.caption(summary)


def text(translate: Translator, finding: dict[str, Any]) -> str:
    """Return a finding in words."""
    figure, code = finding["figure"], finding["code"]
    return translate(
        f"finding.{code}", subject=_subject(translate, finding["subject"]),
        figure=translate.number(figure) if code in IN_LEADS else translate.percent(figure),
        limit=translate.percent(finding["limit"]),
    )  # fmt: skip


def _group(translate: Translator, match: re.Match[str]) -> str:
    return f"{translate.answer(match['answer'])} ({match['leads']})"


def _subject(translate: Translator, subject: str) -> str:
    signal, _, groups = subject.partition(": ")
    if groups:
        return f"{translate.leads.signal(signal)}: {GROUP.sub(partial(_group, translate), groups)}"
    score = subject.removeprefix("score >= ")
    if score != subject:
        return translate("audit.score", score=score)
    if subject == "none":
        return translate("audit.nothing")
    return ", ".join(translate.feature(feature) for feature in subject.split(", "))
