"""What the audit found, in words."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.look import literal
from ui.session import wait_for

if TYPE_CHECKING:
    from ui.words import Words

FOUND = "findings"

IN_LEADS = {"few_leads", "one_outcome_groups"}
"""Codes whose figure counts leads; of the others it is a share."""

SERIOUS = "serious"

GROUP = re.compile(r"(?P<answer>[^,()]+?) \((?P<leads>\d+)\)")
"""An answer and how many leads gave it."""


def look_for(said: Words) -> None:
    """Let the reader have the history audited; show what was found."""
    st.subheader(said("audit.title"), anchor=False)
    st.write(said("audit.about"))
    if st.button(said("audit.do"), icon=":material/fact_check:"):
        with st.spinner(said("audit.doing"), show_time=True):
            answer = wait_for("/admin/ml/audit", said("audit.too_little"))
        if answer is not None:
            st.session_state[FOUND] = answer
    found: dict[str, Any] | None = st.session_state.get(FOUND)
    if found is not None:
        _show(said, found)


def _show(said: Words, found: dict[str, Any]) -> None:
    summary = said(
        "audit.summary", leads=said.number(found["leads"]), resolved=said.number(found["resolved"]),
        when=said.when(found["at"]),
    )  # fmt: skip
    if not found["findings"]:
        st.success(said("audit.none"), icon=":material/check_circle:")
    for one in found["findings"]:
        serious = one["severity"] == SERIOUS
        mark = said("audit.serious" if serious else "audit.warning")
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{'▲' if serious else '◐'} {mark}.** {literal(text(said, one))}")
            st.caption(said(f"remedy.{one['code']}"))
    if found["unchecked"]:
        st.caption(said("audit.unchecked", count=len(found["unchecked"])))
    st.caption(summary)


def text(said: Words, one: dict[str, Any]) -> str:
    """Return a finding in words."""
    figure, code = one["figure"], one["code"]
    return said(
        f"finding.{code}", subject=_subject(said, one["subject"]),
        figure=said.number(figure) if code in IN_LEADS else said.percent(figure),
    )  # fmt: skip


def _group(said: Words, found: re.Match[str]) -> str:
    return f"{said.answer(found['answer'])} ({found['leads']})"


def _subject(said: Words, subject: str) -> str:
    signal, _, groups = subject.partition(": ")
    if groups:
        return f"{said.leads.signal(signal)}: {GROUP.sub(partial(_group, said), groups)}"
    score = subject.removeprefix("score >= ")
    if score != subject:
        return said("audit.score", score=score)
    if subject == "none":
        return said("audit.nothing")
    return ", ".join(said.feature(one) for one in subject.split(", "))
