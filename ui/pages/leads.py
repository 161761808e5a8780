"""All leads as a table: filtered, changed in bulk, taken away as CSV."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import contact, contact_result, lead_view, moves, theme
from ui.cards import STAGES, card_of, stage_of
from ui.client import RefusedError
from ui.session import DONE, NOT_DONE, api, dialog, fetch, live_board, notify, perform, translator
from ui.spreadsheet import leads_csv
from ui.table_order import TableOrder

if TYPE_CHECKING:
    from ui.translator import Translator

STATUSES = ("CURIOSO", "AQUECENDO", "QUALIFICADO", "ENVIADO")
PAGE = 100

SHOWN = "leads_shown"
"""Key of the table last drawn, and its leads."""

ORDER = "leads_order"
"""Key of the order that the reader chose."""

CHANGED = "leads_changed"
"""Key of how often leads were changed in bulk; each time the table begins anew."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.leads"), translate("leads.about"))
    filters = _filters(translate)
    total = fetch("/leads/count", **filters)["total"]
    if not total:
        none = "leads.none" if any(filters.values()) else "lead.none_yet"
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
    selected = _table(translate, order, *_listed(filters, order.current, page))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _bulk(translate, selected)
        st.download_button(
            translate("leads.csv"),
            lambda: leads_csv(translate, filters),
            "leads.csv", "text/csv", icon=":material/download:",
        )  # fmt: skip
    if len(selected) == 1 and st.session_state.get(contact_result.ASKED) == selected[0]["id"]:
        contact_result.done_or_not(translate, lead_view.lead_now(selected[0]["id"]))


def _filters(translate: Translator) -> dict[str, Any]:
    search, status, segment, uf, score = st.columns([2, 1, 1, 1, 1])
    return {
        "q": search.text_input(
            translate("filter.search"),
            key="leads_q",
            icon=":material/search:",
            placeholder=translate("filter.search_in"),
        ),
        "status": status.selectbox(
            translate("filter.status"),
            ["", *STATUSES],
            key="leads_status",
            format_func=lambda code: (
                translate.among("stage", code) if code else translate("filter.all")
            ),
        ),
        **lead_view.place_filters(translate, segment, uf, "leads"),
        "minScore": score.slider(translate("filter.score"), 0, 100, 0, 5, key="leads_score")
        or None,
    }


def _listed(filters: dict[str, Any], sort: str, page: int) -> tuple[str, list[dict[str, Any]]]:
    """Return a table's key and its leads.

    A tick is on a row, not on a lead. So another filter, order or page is another table, and the
    leads of one stay as they were while some are ticked, whoever comes in above them.
    """
    table = f"leads:{filters}:{sort}:{page}:{st.session_state.get(CHANGED, 0)}"
    ticked = st.session_state.get(table, {}).get("selection", {}).get("rows")
    shown, leads = st.session_state.get(SHOWN, ("", []))
    if shown != table or not ticked:
        leads = fetch("/leads", **filters, sort=sort, limit=PAGE, offset=(page - 1) * PAGE)
        st.session_state[SHOWN] = (table, leads)
    return table, leads


def _columns(translate: Translator) -> dict[str, str]:
    """Return the table's columns in words, by what the API sorts by."""
    named = {"stage": "status"}
    return {
        column: translate(f"field.{named.get(column, column)}")
        for column in (
            "score", "nome", "stage", "segmento_interesse", "cidade", "orcamento_faixa",
            "prazo_compra", "created_at",
        )
    }  # fmt: skip


def _table(
    translate: Translator, order: TableOrder, key: str, leads: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Show leads; return those that are ticked."""
    rows = pd.DataFrame(
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
        }
    )
    picked = st.dataframe(
        rows,
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


def _bulk(translate: Translator, selected: list[dict[str, Any]]) -> None:
    if not selected:
        st.caption(translate("leads.tick"))
        return
    if len(selected) == 1:
        contact.buttons(translate, card_of(selected[0]))
        if st.button(translate("lead.open"), icon=":material/open_in_full:"):
            lead_view.open_lead(selected[0]["id"])
    count = translate.number(len(selected))
    if st.button(translate("leads.move", count=count), icon=":material/swap_horiz:"):
        dialog(translate("leads.move", count=count), _confirm_move)(selected)
    if st.button(translate("leads.delete", count=count), icon=":material/delete:"):
        dialog(translate("leads.delete", count=count), _confirm_delete)(selected)


def _confirm_move(selected: list[dict[str, Any]]) -> None:
    translate = translator()
    stage = st.radio(
        translate("kanban.move"), STAGES, format_func=lambda lead: translate.among("stage", lead)
    )
    if st.button(translate("leads.yes_move"), type="primary"):
        stages = perform(lambda: [_stage_after(lead, stage) for lead in selected])
        if stages is not None:
            moved, gone = stages.count(stage), stages.count(None)
            notify(translate("leads.moved", count=translate.number(moved)), DONE)
            if left := len(stages) - moved - gone:
                notify(translate("leads.elsewhere", count=translate.number(left)), NOT_DONE)
            if gone:
                notify(translate("leads.gone", count=translate.number(gone)), NOT_DONE)
            _begin_anew()


def _stage_after(lead: dict[str, Any], stage: str) -> str | None:
    """Move a lead; return where it is then, or None where it is gone."""
    try:
        return moves.stage_after(lead["id"], stage_of(lead), stage)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        live_board().cards.drop(lead["id"])
        return None


def _confirm_delete(selected: list[dict[str, Any]]) -> None:
    translate = translator()
    st.write(translate("leads.sure", count=translate.number(len(selected))))
    st.write(", ".join(theme.escape_markdown(lead["nome"]) for lead in selected))
    if st.button(translate("leads.yes_delete"), type="primary", icon=":material/delete_forever:"):
        ids = [lead["id"] for lead in selected]
        deleted = perform(
            lambda: api().post("/leads/bulk-delete", ids=ids),
            translate("leads.deleted", count=translate.number(len(ids))),
        )
        if deleted is not None:
            for lead_id in ids:
                live_board().cards.drop(lead_id)
            _begin_anew()


def _begin_anew() -> None:
    st.session_state[CHANGED] = st.session_state.get(CHANGED, 0) + 1
    st.rerun()
