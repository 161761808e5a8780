"""All leads as a table: filtered, changed in bulk, taken away as CSV."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import bulk, contact, contact_result, filters, lead_view, owners, theme
from ui.cards import card_of, stage_of
from ui.session import fetch, translator
from ui.spreadsheet import leads_csv
from ui.table_order import TableOrder

if TYPE_CHECKING:
    from ui.translator import Translator

STATUSES = ("CURIOSO", "AQUECENDO", "QUALIFICADO", "ENVIADO")
PAGE = 100

SHOWN = "leads_shown"
"""Key of the table last drawn, and its leads."""

ORDER = "sort"
"""Key of the order that the reader chose."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.leads"), translate("leads.about"))
    filters.same_in("kanban", translate("leads.board"), ":material/view_kanban:")
    chosen = _filters(translate)
    total = fetch("/leads/count", **chosen)["total"]
    if not total:
        none = "leads.none" if any(chosen.values()) else "lead.none_yet"
        st.info(translate(none), icon=":material/person_search:")
        return
    pages = -(-total // PAGE)
    top, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    order = TableOrder(
        ORDER, _columns(translate), "-created_at", frozenset({"score", "created_at"})
    )
    order.choose(middle, translate("filter.order"))
    page = 1
    if pages > 1:
        page = right.number_input(
            translate("leads.page", pages=pages), 1, pages, key=f"leads_page:{order.current}"
        )
    top.caption(translate("leads.total", count=translate.number(total)))
    selected = _table(translate, order, *_listed(chosen, order.current, page))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _one(translate, selected)
        bulk.buttons(translate, selected)
        st.download_button(
            translate("leads.csv"),
            lambda: leads_csv(translate, chosen),
            "leads.csv", "text/csv", icon=":material/download:",
        )  # fmt: skip
    if len(selected) == 1 and st.session_state.get(contact_result.ASKED) == selected[0]["id"]:
        contact_result.done_or_not(translate, lead_view.lead_now(selected[0]["id"]))


def _filters(translate: Translator) -> dict[str, Any]:
    """Ask which leads; as the API takes it."""
    groups = filters.groups(translate)
    search, status, segment, uf, owner, score, *group = st.columns(
        [6, 3, 3, 3, 3, 3, 4][: 7 if groups else 6]
    )
    chosen = filters.owner(translate, owner)
    return {
        "q": filters.search(translate, search),
        "status": status.selectbox(
            translate("filter.status"), ["", *STATUSES], key="status", bind="query-params",
            format_func=lambda code: (
                translate.among("stage", code) if code else translate("filter.all")
            ),
        ),
        "segment": filters.segment(translate, segment),
        "uf": filters.uf(translate, uf),
        **owners.asked(chosen),
        "group": filters.group(translate, group[0], groups) or None if group else None,
        "minScore": score.slider(
            translate("filter.score"), 0, 100, 0, 5, key="score", bind="query-params"
        )
        or None,
    }  # fmt: skip


def _listed(chosen: dict[str, Any], sort: str, page: int) -> tuple[str, list[dict[str, Any]]]:
    """Return a table's key and its leads.

    A tick is on a row, not on a lead. So another filter, order or page is another table, and the
    leads of one stay as they were while some are ticked, whoever comes in above them.
    """
    table = f"leads:{chosen}:{sort}:{page}:{st.session_state.get(bulk.CHANGED, 0)}"
    ticked = st.session_state.get(table, {}).get("selection", {}).get("rows")
    shown, leads = st.session_state.get(SHOWN, ("", []))
    if shown != table or not ticked:
        leads = fetch("/leads", **chosen, sort=sort, limit=PAGE, offset=(page - 1) * PAGE)
        st.session_state[SHOWN] = (table, leads)
    return table, leads


def _one(translate: Translator, selected: list[dict[str, Any]]) -> None:
    """Offer what is done with one lead."""
    if not selected:
        st.caption(translate("leads.tick"))
    if len(selected) == 1:
        contact.buttons(translate, card_of(selected[0]))
        lead_view.link(selected[0]["id"], translate("lead.open"), "lead:open")


def _columns(translate: Translator) -> dict[str, str]:
    """Return the table's columns in words, by what the API sorts by."""
    named = {"stage": "status"}
    return {
        column: translate(f"field.{named.get(column, column)}")
        for column in (
            "score", "nome", "stage", "segmento_interesse", "cidade", "orcamento_faixa",
            "prazo_compra", "created_at",
        )
    } | ({"owner": translate("card.owner")} if owners.names() else {})  # fmt: skip


def _rows(translate: Translator, leads: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "score": [lead.get("score") or 0 for lead in leads],
            "nome": [lead["nome"] for lead in leads],
            "stage": [
                f"{theme.MARKS[stage_of(lead)]} {translate.among('stage', stage_of(lead))}"
                for lead in leads
            ],
            "segmento_interesse": [
                translate.among("segment", lead.get("segmento_interesse")) for lead in leads
            ],
            "cidade": [
                "/".join(text for text in (lead.get("cidade"), lead.get("uf")) if text)
                for lead in leads
            ],
            "orcamento_faixa": [
                translate.among("budget", lead.get("orcamento_faixa")) for lead in leads
            ],
            "prazo_compra": [
                translate.among("deadline", lead.get("prazo_compra")) for lead in leads
            ],
            "created_at": [translate.when(lead.get("created_at")) for lead in leads],
            "owner": [owners.of(lead) for lead in leads],
        }
    )


def _table(
    translate: Translator, order: TableOrder, key: str, leads: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Show leads; return those that are ticked."""
    picked = st.dataframe(
        _rows(translate, leads)[list(order.names)],
        hide_index=True,
        key=key,
        alt=translate("page.leads"),
        on_select=partial(order.pick, key, order.current),
        # While columns can be selected, Streamlit does not sort the rows that it has by itself.
        selection_mode=["multi-row", "single-column"],
        height=480,
        column_config={
            **{column: order.head(column) for column in order.names},
            "score": st.column_config.ProgressColumn(
                order.head("score"), min_value=0, max_value=100, format="%d", width="small"
            ),
        },
    )
    return [leads[number] for number in picked["selection"]["rows"]]
