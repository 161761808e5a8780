"""The page of groups: who leads and partners are, what to do with each, and where partners lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import theme
from ui.funnel import table
from ui.session import fetch, translator, wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.translator import Translator

KINDS = ("leads", "partners")

HEADS = ("group", "size", "share", "conversion", "to_do")

DEMAND = ("where", "wanted", "there", "each", "star", "to_do")


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.segments"), translate("groups.about"))
    if st.button(translate("groups.find"), icon=":material/workspaces:"):
        with st.spinner(translate("groups.finding"), show_time=True):
            found = wait_for("/admin/ml/segments", translate("groups.too_few"))
        if found is not None:
            st.rerun()
    answer = fetch("/ml/segments")
    for kind in KINDS:
        with st.container(border=True):
            st.header(translate(f"groups.{kind}"), anchor=False)
            _groups(translate, kind, answer[kind])
    if answer["demand"]:
        with st.container(border=True):
            st.header(translate("groups.demand"), anchor=False)
            table([translate(f"groups.{head}") for head in DEMAND], _cells(translate, answer))
            st.caption(translate("groups.demand_about"))


def _groups(translate: Translator, kind: str, found: Mapping[str, Any] | None) -> None:
    if found is None:
        st.caption(translate("groups.none"))
        return
    table([translate(f"groups.{head}") for head in HEADS], _rows(translate, kind, found["items"]))
    if kind == "leads":
        _links(translate, found["items"])
    when = translate.when(found["fitted_at"])
    stability = translate.number(found["stability"], 2)
    st.caption(translate("groups.stability", when=when, stability=stability))


def _links(translate: Translator, groups: Sequence[Mapping[str, Any]]) -> None:
    """Link to the leads of each group, as the address of their page names it."""
    with st.container(horizontal=True):
        for group in groups:
            name = translate.group(group["marks"])
            st.page_link(
                st.session_state.pages["leads"], label=translate("groups.open", group=name),
                query_params={"group": name}, icon=":material/groups:",
            )  # fmt: skip


def _rows(translate: Translator, kind: str, groups: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [
        [
            translate.group(group["marks"]),
            translate.number(group["size"]),
            translate.percent(group["share"]),
            "—" if group["conversion"] is None else translate.percent(group["conversion"], 1),
            translate.leads.words["group"][f"{kind}_{group['advice']}"],
        ]
        for group in groups
    ]


def _cells(translate: Translator, answer: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            f"{cell['uf']} · {translate.among('segment', cell['segment'])}",
            translate.number(cell["leads"]),
            translate.number(cell["partners"]),
            "—" if cell["leads_per_partner"] is None
            else translate.number(cell["leads_per_partner"], 1),
            cell["star"] or "—",
            translate.leads.words["group"][cell["advice"]],
        ]
        for cell in answer["demand"]
    ]  # fmt: skip
