"""The page of findings: what is odd of leads and partners, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.anomalies import Anomaly
from ui import lead_view, theme
from ui.session import api, fetch, perform, translator, wait_for

if TYPE_CHECKING:
    from ui.translator import Translator

Finding = dict[str, Any]

OPEN, SETTLED = "open", "settled"

MERGED = "merged"

LISTED = 100
"""Findings that are shown, the newest."""

ICONS = {"fixed": ":material/task_alt:", "ignored": ":material/notifications_off:"}
"""By how a finding may be settled by anybody."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.findings"), translate("findings.about"))
    _search(translate)
    code, which = _choices(translate)
    answer = fetch("/ml/anomalies", code=code, settled=str(which == SETTLED).lower(), limit=LISTED)
    if answer["searched_at"]:
        st.caption(translate("findings.searched", when=translate.when(answer["searched_at"])))
    items = answer["items"]
    if not items:
        text = translate("findings.no_settled" if which == SETTLED else "findings.none")
        st.info(text, icon=":material/task_alt:")
    for finding in items:
        with st.container(border=True, gap="xsmall", key=f"finding-{finding['id']}"):
            _finding(translate, finding)
    if len(items) == LISTED:
        st.caption(translate("findings.more", count=LISTED))


def _search(translate: Translator) -> None:
    if st.button(translate("findings.search"), icon=":material/search:"):
        with st.spinner(translate("findings.searching"), show_time=True):
            found = wait_for("/admin/ml/anomalies", translate("findings.none"))
        if found is not None:
            st.rerun()


def _choices(translate: Translator) -> tuple[str | None, str]:
    """Ask for what kind of findings, and whether for those that are open or settled."""
    kind, which = st.columns([2, 1], vertical_alignment="bottom")
    return (
        kind.selectbox(
            translate("findings.kind"), list(Anomaly), index=None, key="findings_kind",
            placeholder=translate("filter.all"),
            format_func=lambda code: translate(f"anomaly.{code}"),
        ),
        which.segmented_control(
            translate("findings.which"), (OPEN, SETTLED), default=OPEN, required=True,
            key="findings_which", format_func=lambda one: translate(f"findings.{one}"),
        ),
    )  # fmt: skip


def _finding(translate: Translator, finding: Finding) -> None:
    """Draw one: whom it is about, what it is, and how it may be settled."""
    name = theme.escape_markdown(finding["name"] or "—")
    kind = translate(f"anomaly.{finding['code']}")
    text = translate.leads.anomaly(finding["code"], finding["facts"], finding["other_name"])
    st.markdown(f"**{name}** · {kind}")
    st.markdown(theme.escape_markdown(text))
    with st.container(horizontal=True):
        if lead_id := finding["lead_id"]:
            key = f"lead:{finding['id']}"
            lead_view.link(lead_id, translate("findings.lead"), key)
        if finding["settlement"] is None:
            _settling(translate, finding)
        else:
            _undoing(translate, finding)


def _settling(translate: Translator, finding: Finding) -> None:
    number = finding["id"]
    if finding["code"] == Anomaly.SAME_LEAD:
        st.button(
            translate("findings.merge"), key=f"merge:{number}", icon=":material/merge:",
            help=translate("findings.merge_about"), on_click=_merge, args=(number,),
        )  # fmt: skip
    for settlement, icon in ICONS.items():
        st.button(
            translate(f"findings.{settlement}"), key=f"{settlement}:{number}", icon=icon,
            help=translate(f"findings.{settlement}_about"),
            on_click=_settle, args=(number, settlement),
        )  # fmt: skip


def _undoing(translate: Translator, finding: Finding) -> None:
    st.button(
        translate("findings.undo"), key=f"undo:{finding['id']}", icon=":material/undo:",
        on_click=_undo, args=(finding["id"], finding["settlement"]),
    )  # fmt: skip
    st.caption(
        translate(
            "findings.settled_as", how=translate(f"findings.was_{finding['settlement']}"),
            when=translate.when(finding["settled_at"]),
        )
    )  # fmt: skip


def _merge(number: int) -> None:
    done = translator()("findings.done_merged")
    perform(lambda: api().put(f"/ml/anomalies/{number}/merge"), done, once=f"merge {number}")


def _settle(number: int, settlement: str) -> None:
    perform(
        lambda: api().put(f"/ml/anomalies/{number}/settlement", settlement=settlement),
        translator()(f"findings.done_{settlement}"), once=f"settle {number}",
    )  # fmt: skip


def _undo(number: int, settlement: str) -> None:
    what = "merge" if settlement == MERGED else "settlement"
    done = translator()("findings.done_undo")
    perform(lambda: api().delete(f"/ml/anomalies/{number}/{what}"), done, once=f"undo {number}")
