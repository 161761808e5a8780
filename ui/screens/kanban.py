"""The Kanban: every lead as a card that moves by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import look, tasks
from ui.board import board
from ui.cards import PAGE, STAGES, Card, Column, Wish, columns
from ui.drawer import drawer
from ui.live import ALL
from ui.session import live, part, words
from ui.settings import settings

if TYPE_CHECKING:
    from ui.words import Words

KEY = "board"
SHOWN = "board_shown"
OPENED = "opened"

ANSWERED = "answered"
"""Key of the last move that was done or refused; cards wait for theirs."""


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.kanban"), said("kanban.about"))
    wish = _filters(said)
    kanban(wish, KEY)
    if lead_id := st.session_state.get(OPENED):
        drawer(lead_id, _close)


def _filters(said: Words) -> Wish:
    cards = live().cards.all()
    with st.container(key="filters"):
        search, segment, uf, order = st.columns([8, 5, 5, 7], vertical_alignment="bottom")
    found = search.text_input(
        said("filter.search"), placeholder=said("filter.search_in"), key="board_search",
        persist_state="session", label_visibility="collapsed", icon=":material/search:",
    )  # fmt: skip
    segments = sorted({card.segment for card in cards if card.segment})
    states = sorted({card.uf for card in cards if card.uf})
    chosen = segment.selectbox(
        said("filter.segment"), ["", *segments], key="board_segment", persist_state="session",
        format_func=lambda one: said.among("segment", one) if one else said("filter.all_segments"),
        label_visibility="collapsed",
    )  # fmt: skip
    state = uf.selectbox(
        said("filter.uf"), ["", *states], key="board_uf", persist_state="session",
        format_func=lambda one: one or said("filter.all_states"), label_visibility="collapsed",
    )  # fmt: skip
    ordered = order.segmented_control(
        said("filter.order"), ["score", "due"], default="score", key="board_order", required=True,
        persist_state="session", format_func=lambda one: said(f"order.{one}"),
        label_visibility="collapsed",
    )  # fmt: skip
    return Wish(found or "", chosen or "", state or "", ordered or "score")


@part(run_every=settings().ui_refresh_s)
def kanban(wish: Wish, key: str) -> None:
    """Draw the board as it is now, again and again.

    Parameters
    ----------
    wish
        What the reader wants to see.
    key
        Of the board, where a page has more than one.
    """
    said, now = words(), live()
    if not now.loaded:
        st.info(
            said("away.nothing" if now.away else "wait.loading"), icon=":material/hourglass_top:"
        )
        return
    shown = st.session_state.setdefault(SHOWN, {})
    most = tuple(shown.get(stage, PAGE) for stage in STAGES)
    found = columns(now.cards.all(), replace(wish, shown=most), time.monotonic())
    data = {
        "columns": [_column(said, one) for one in found],
        "stages": [(stage, said.among("stage", stage)) for stage in STAGES],
        "words": {"move": said("kanban.move"), "none": said("kanban.none")},
        "answered": st.session_state.get(ANSWERED, 0),
    }
    board(
        data,
        key=key,
        on_move=partial(_move, key),
        on_open=partial(_open, key),
        on_more=partial(_more, key),
    )
    if not now.cards.all():
        st.info(said("lead.none_yet"), icon=":material/person_add:")
    if now.cut:
        st.caption(said("kanban.cut", count=said.number(ALL)))
    if st.session_state.pop("open_now", None):
        st.rerun()


def _column(said: Words, column: Column) -> dict[str, Any]:
    left = column.total - len(column.cards)
    return {
        "stage": column.stage,
        "title": said.among("stage", column.stage),
        "mark": look.MARKS[column.stage],
        "total": said.number(column.total),
        "more": said("kanban.more", count=said.number(left)) if left else "",
        "cards": [_card(said, card) for card in column.cards],
    }


def _card(said: Words, card: Card) -> dict[str, Any]:
    place = "/".join(part for part in (card.city, card.uf) if part)
    segment = said.among("segment", card.segment)
    why = card.why
    return {
        "id": card.id,
        "name": card.name,
        "score": card.score,
        "label": said("kanban.score", score=card.score),
        "about": " · ".join(part for part in (place, segment) if part),
        "why": why and [_direction(why.points), f"{why.points:+d} {said.cause(why.cause)}"],
        "at": why and why.at,
        "todo": card.own_action or said.action(card.action),
    }


def _direction(points: int) -> str:
    return "same" if points == 0 else "up" if points > 0 else "down"


def _move(key: str) -> None:
    wanted = st.session_state[key].move
    tasks.move(wanted["id"], wanted["from"], wanted["to"])
    st.session_state[ANSWERED] = wanted["n"]


def _open(key: str) -> None:
    st.session_state[OPENED] = st.session_state[key].open["id"]
    st.session_state.open_now = True


def _close() -> None:
    st.session_state.pop(OPENED, None)


def _more(key: str) -> None:
    shown = st.session_state[SHOWN]
    stage = st.session_state[key].more["stage"]
    shown[stage] = shown.get(stage, PAGE) + PAGE
