"""All leads as a table: filtered, changed in bulk, taken away as CSV."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import look, parts, tasks
from ui.cards import STAGES, stage_of
from ui.client import RefusedError
from ui.session import DONE, NOT_DONE, act, api, aside, ask, live, tell, words

if TYPE_CHECKING:
    from ui.words import Words

STATUSES = ("CURIOSO", "AQUECENDO", "QUALIFICADO", "ENVIADO")
PAGE = 100

SHOWN = "leads_shown"
"""Key of the table last drawn, and its leads."""

CHANGED = "leads_changed"
"""Key of how often leads were changed in bulk; each time the table begins anew."""


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.leads"), said("leads.about"))
    wanted = _filters(said)
    total = ask("/leads/count", **wanted)["total"]
    if not total:
        none = "leads.none" if any(wanted.values()) else "lead.none_yet"
        st.info(said(none), icon=":material/person_search:")
        return
    pages = -(-total // PAGE)
    top, right = st.columns([3, 1], vertical_alignment="bottom")
    page = 1
    if pages > 1:
        page = right.number_input(said("leads.page", pages=pages), 1, pages, key="leads_page")
    top.caption(said("leads.total", count=said.number(total)))
    chosen = _table(said, *_listed(wanted, page))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _bulk(said, chosen)
        st.download_button(
            said("leads.csv"),
            lambda: api().read("/leads.csv", **wanted, separator=said.separator),
            "leads.csv", "text/csv", icon=":material/download:",
        )  # fmt: skip


def _filters(said: Words) -> dict[str, Any]:
    search, status, segment, uf, score = st.columns([2, 1, 1, 1, 1])
    return {
        "q": search.text_input(
            said("filter.search"), key="leads_q", icon=":material/search:",
            placeholder=said("filter.search_in"),
        ),
        "status": status.selectbox(
            said("filter.status"), ["", *STATUSES], key="leads_status",
            format_func=lambda one: said.among("stage", one) if one else said("filter.all"),
        ),
        **parts.place_filters(said, segment, uf, "leads"),
        "minScore": score.slider(said("filter.score"), 0, 100, 0, 5, key="leads_score") or None,
    }  # fmt: skip


def _listed(wanted: dict[str, Any], page: int) -> tuple[str, list[dict[str, Any]]]:
    """Return a table's key and its leads.

    A tick is on a row, not on a lead. So other filters and other pages are other tables, and the
    leads of one stay as they were while some are ticked, whoever comes in above them.
    """
    table = f"leads:{wanted}:{page}:{st.session_state.get(CHANGED, 0)}"
    ticked = st.session_state.get(table, {}).get("selection", {}).get("rows")
    shown, leads = st.session_state.get(SHOWN, ("", []))
    if shown != table or not ticked:
        leads = ask("/leads", **wanted, limit=PAGE, offset=(page - 1) * PAGE)
        st.session_state[SHOWN] = (table, leads)
    return table, leads


def _table(said: Words, key: str, leads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Show leads; return those that are ticked."""
    rows = pd.DataFrame(
        {
            "score": [one.get("score") or 0 for one in leads],
            "name": [one["nome"] for one in leads],
            "stage": [
                f"{look.MARKS[stage_of(one)]} {said.among('stage', stage_of(one))}" for one in leads
            ],
            "segment": [said.among("segment", one.get("segmento_interesse")) for one in leads],
            "place": [
                "/".join(part for part in (one.get("cidade"), one.get("uf")) if part)
                for one in leads
            ],
            "budget": [said.among("budget", one.get("orcamento_faixa")) for one in leads],
            "deadline": [said.among("deadline", one.get("prazo_compra")) for one in leads],
            "created": [said.when(one.get("created_at")) for one in leads],
        }
    )
    picked = st.dataframe(
        rows,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="multi-row",
        height=480,
        column_config={
            "score": st.column_config.ProgressColumn(
                said("field.score"), min_value=0, max_value=100, format="%d", width="small"
            ),
            "name": said("field.nome"),
            "stage": said("field.status"),
            "segment": said("field.segmento_interesse"),
            "place": said("field.cidade"),
            "budget": said("field.orcamento_faixa"),
            "deadline": said("field.prazo_compra"),
            "created": said("field.created_at"),
        },
    )
    return [leads[number] for number in picked["selection"]["rows"]]


def _bulk(said: Words, chosen: list[dict[str, Any]]) -> None:
    if not chosen:
        st.caption(said("leads.tick"))
        return
    if len(chosen) == 1 and st.button(said("lead.open"), icon=":material/open_in_full:"):
        parts.open_lead(chosen[0]["id"])
    count = said.number(len(chosen))
    if st.button(said("leads.move", count=count), icon=":material/swap_horiz:"):
        aside(said("leads.move", count=count), _confirm_move)(chosen)
    if st.button(said("leads.delete", count=count), icon=":material/delete:"):
        aside(said("leads.delete", count=count), _confirm_delete)(chosen)


def _confirm_move(chosen: list[dict[str, Any]]) -> None:
    said = words()
    stage = st.radio(said("kanban.move"), STAGES, format_func=lambda one: said.among("stage", one))
    if st.button(said("leads.yes_move"), type="primary"):
        stages = act(lambda: [_stage_after(one, stage) for one in chosen])
        if stages is not None:
            moved, gone = stages.count(stage), stages.count(None)
            tell(said("leads.moved", count=said.number(moved)), DONE)
            if left := len(stages) - moved - gone:
                tell(said("leads.elsewhere", count=said.number(left)), NOT_DONE)
            if gone:
                tell(said("leads.gone", count=said.number(gone)), NOT_DONE)
            _begin_anew()


def _stage_after(lead: dict[str, Any], stage: str) -> str | None:
    """Move a lead; return where it is then, or None where it is gone."""
    try:
        return tasks.stage_after(lead["id"], stage_of(lead), stage)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        live().cards.drop(lead["id"])
        return None


def _confirm_delete(chosen: list[dict[str, Any]]) -> None:
    said = words()
    st.write(said("leads.sure", count=said.number(len(chosen))))
    st.write(", ".join(look.literal(one["nome"]) for one in chosen))
    if st.button(said("leads.yes_delete"), type="primary", icon=":material/delete_forever:"):
        ids = [one["id"] for one in chosen]
        done = act(
            lambda: api().post("/leads/bulk-delete", ids=ids),
            said("leads.deleted", count=said.number(len(ids))),
        )
        if done is not None:
            for lead_id in ids:
                live().cards.drop(lead_id)
            _begin_anew()


def _begin_anew() -> None:
    st.session_state[CHANGED] = st.session_state.get(CHANGED, 0) + 1
    st.rerun()
