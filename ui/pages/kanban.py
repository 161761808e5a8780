"""The Kanban: every lead as a card that moves by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import filters, moves, owners, theme
from ui.board import board
from ui.cards import LOST, STAGES, Card
from ui.columns import PAGE, BoardFilter, Column, columns
from ui.drawer import drawer
from ui.due import contact_of, due_of
from ui.lead_view import OPENED
from ui.live_board import MAX_CARDS
from ui.session import fragment, live_board, translator
from ui.settings import settings

if TYPE_CHECKING:
    from ui.translator import Translator

KEY = "board"
SHOWN = "board_shown"

ANSWERED = "answered"
"""Key of the last move that was done or refused; cards wait for theirs."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.kanban"), translate("kanban.about"))
    place = st.container()
    # Below the board, where it is no stop of the Tab key on the way to the cards.
    compact, wall = _view(translate)
    with place:
        kanban(replace(_filters(translate), compact=compact, wall=wall), KEY)
    if wall:
        theme.present()
        _close()
    if moves.ask_about_move():
        return
    if lead_id := st.session_state.get(OPENED):
        drawer(lead_id, _close)


def _view(translate: Translator) -> tuple[bool, bool]:
    """Ask how the board is drawn: by compact cards, for a screen on the wall; offer the list."""
    with st.container(key="view", horizontal=True, vertical_alignment="center"):
        compact, wall = (
            st.toggle(
                translate(f"kanban.{name}"), key=name, bind="query-params",
                help=translate(f"kanban.{name}_about"),
            )
            for name in ("compact", "wall")
        )  # fmt: skip
        if not wall:
            filters.same_in("leads", translate("kanban.list"), ":material/list:")
    return compact, wall


def _filters(translate: Translator) -> BoardFilter:
    with st.container(key="filters"):
        # What may be asked of nobody stands last, where it has no place then.
        groups, named = filters.groups(translate), bool(owners.names())
        search, segment, uf, order, lost, *more = st.columns(
            [7, 6, 5, 10, 4, *([4] if named else []), *([5] if groups else [])],
            vertical_alignment="bottom",
        )
    chosen_order = order.segmented_control(
        translate("filter.order"), ["score", "due"], default="score", key="order",
        required=True, bind="query-params", format_func=lambda code: translate(f"order.{code}"),
        label_visibility="collapsed",
    )  # fmt: skip
    return BoardFilter(
        filters.search(translate, search, "collapsed"),
        filters.segment(translate, segment, "collapsed"),
        filters.uf(translate, uf, "collapsed"),
        chosen_order or "score",
        lost=lost.toggle(translate("filter.lost"), key="lost", bind="query-params"),
        owners=owners.wanted(filters.owner(translate, more[0], "collapsed"))
        if named
        else frozenset(),
        group=filters.group(translate, more[-1], groups, "collapsed") if groups else 0,
    )


@fragment(run_every=settings().ui_refresh_s)
def kanban(wanted: BoardFilter, key: str) -> None:
    """Draw the board as it is now, again and again.

    Parameters
    ----------
    wanted
        What the reader wants to see.
    key
        Of the board, where a page has more than one.
    """
    translate, live = translator(), live_board()
    if not live.loaded:
        st.info(
            translate("unavailable.nothing" if live.unavailable else "wait.loading"),
            icon=":material/hourglass_top:",
        )
        return
    shown = st.session_state.setdefault(SHOWN, {})
    limits = tuple(shown.get(stage, PAGE) for stage in (*STAGES, LOST))
    shown_columns = columns(live.cards.all(), replace(wanted, shown=limits), time.monotonic())
    data = {
        "columns": [_column(translate, column, wanted.wall) for column in shown_columns],
        "compact": wanted.compact,
        "stages": [(stage, translate.among("stage", stage)) for stage in (*STAGES, LOST)],
        "words": {"move": translate("kanban.move"), "none": translate("kanban.none")},
        "answered": st.session_state.get(ANSWERED, 0),
    }
    board(
        data,
        key=key,
        on_move=partial(_move, key),
        on_open=partial(_open, key),
        on_more=partial(_more, key),
    )
    if not live.cards.all():
        st.info(translate("lead.none_yet"), icon=":material/person_add:")
    if live.cut:
        st.caption(translate("kanban.cut", count=translate.number(MAX_CARDS)))
    if st.session_state.pop("open_now", None):
        st.rerun()


def _column(translate: Translator, column: Column, wall: bool) -> dict[str, Any]:
    hidden = column.total - len(column.cards)
    return {
        "stage": column.stage,
        "title": translate.among("stage", column.stage),
        "mark": theme.MARKS[column.stage],
        "total": translate.number(column.total),
        "more": translate("kanban.more", count=translate.number(hidden)) if hidden else "",
        "cards": [
            _card(translate, _for_strangers(card) if wall else card) for card in column.cards
        ],
    }


def _for_strangers(card: Card) -> Card:
    """Return a card without a name, and without what people wrote."""
    return replace(
        card, name=initials(card.name), own_action=None, deal_value=None, origin="", tags=(),
        owner=initials(card.owner),
    )  # fmt: skip


def initials(name: str) -> str:
    """Return the first letters of a name's first and last word.

    Examples
    --------
    >>> initials("Bruna Teles Leal"), initials("ana"), initials("")
    ('B. L.', 'A.', '')
    """
    words = name.split()
    return " ".join(f"{word[0].upper()}." for word in (*words[:1], *words[1:][-1:]))


def _card(translate: Translator, card: Card) -> dict[str, Any]:
    place = "/".join(text for text in (card.city, card.uf) if text)
    segment = translate.among("segment", card.segment)
    change, over = card.change, card.lost or card.stage == STAGES[-1]
    return {
        "id": card.id,
        "name": card.name,
        "score": card.score,
        "label": translate("kanban.score", score=card.score),
        "about": " · ".join(text for text in (place, segment) if text),
        "why": change
        and [_direction(change.points), f"{change.points:+d} {translate.cause(change.cause)}"],
        "at": change and change.at,
        "todo": _todo(translate, card),
        "due": None if over else _due(translate, card),
        "contact": "" if over else contact_of(translate, card),
        "facts": _facts(translate, card),
    }


def _facts(translate: Translator, card: Card) -> list[tuple[str, str]]:
    """Return what the team's own columns say of a lead, each after its name."""
    value = card.deal_value
    amount = "" if value is None else translate("card.money", amount=translate.number(round(value)))
    facts = {"owner": card.owner, "deal_value": amount, "origin": card.origin}
    named = [(translate(f"card.{name}"), text) for name, text in facts.items() if text]
    return [*named, *((translate("card.tag"), tag) for tag in card.tags)]


def _todo(translate: Translator, card: Card) -> str:
    """Return what to do next, or why there is nothing to do."""
    if card.lost:
        return translate.event(card.lost)
    if card.stage == STAGES[-1]:
        return card.own_action or ""
    return card.own_action or translate.action(card.action)


def _due(translate: Translator, card: Card) -> list[str]:
    due = due_of(translate, card)
    return [due.state, due.marked]


def _direction(points: int) -> str:
    return "same" if points == 0 else "up" if points > 0 else "down"


def _move(key: str) -> None:
    request = st.session_state[key].move
    moves.request_move(request["id"], request["from"], request["to"])
    st.session_state[ANSWERED] = request["n"]


def _open(key: str) -> None:
    st.session_state[OPENED] = st.session_state[key].open["id"]
    st.session_state.open_now = True


def _close() -> None:
    st.session_state.pop(OPENED, None)


def _more(key: str) -> None:
    shown = st.session_state[SHOWN]
    stage = st.session_state[key].more["stage"]
    shown[stage] = shown.get(stage, PAGE) + PAGE
