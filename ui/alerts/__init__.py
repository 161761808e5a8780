"""Tells a seller that a lead of theirs got hot: in the page, and by the browser where it may."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.bands import HOT
from ui import lead_view, owners
from ui.cards import STAGES, Card
from ui.session import fragment, live_board, translator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamlit.components.v2.types import ComponentRenderer

    from ui.translator import Translator

KNOWN = "alerts_known"
"""Key of the reader's leads as they were seen last: by id, whether they were hot."""

SHOWN = "alerts_shown"
"""Key of the leads that got hot, until the reader has seen to them."""

MOST = 3
"""Leads told of at a time; the newest stay."""


@cache
def _component() -> ComponentRenderer:
    here = files("ui.alerts")
    return st.components.v2.component(
        "galope_alerts",
        html='<button type="button" hidden></button><span role="status"></span>',
        css=here.joinpath("alerts.css").read_text(encoding="utf-8"),
        js=here.joinpath("alerts.js").read_text(encoding="utf-8"),
    )


def got_hot(cards: Iterable[Card], mine: frozenset[str], known: dict[str, bool]) -> list[Card]:
    """Return the reader's leads that got hot since they were seen last, and note how they are.

    A lead that comes to the reader hot did not get so with them.

    Parameters
    ----------
    cards
        All there are.
    mine
        By which names leads are the reader's, in small letters.
    known
        The reader's leads as they were seen last; it is brought up to date.
    """
    now = {card.id: card for card in cards if card.owner.casefold() in mine and not card.lost}
    hot = {lead_id: _is_hot(card) for lead_id, card in now.items()}
    new = [
        now[lead_id] for lead_id, is_hot in hot.items() if is_hot and known.get(lead_id) is False
    ]
    known.clear()
    known.update(hot)
    return new


def _is_hot(card: Card) -> bool:
    return card.score >= HOT or card.stage in STAGES[2:]


@fragment(run_every=2.0)
def alerts() -> None:
    """Tell of the reader's leads that got hot, until they are opened or put aside."""
    translate, board = translator(), live_board()
    if not board.loaded:
        return
    state = st.session_state
    new = got_hot(board.cards.all(), owners.mine(), state.setdefault(KNOWN, {}))
    shown: list[str] = state.setdefault(SHOWN, [])
    shown[:] = [*shown, *(card.id for card in new if card.id not in shown)][-MOST:]
    told = [card for lead_id in shown if (card := board.cards.get(lead_id))]
    with st.container(key="alerts"):
        for card in told:
            _alert(translate, card)
        messages = [_message(translate, card) for card in told]
        _component()(key="alerts_browser", data={"alerts": messages})


def _message(translate: Translator, card: Card) -> Mapping[str, Any]:
    return {
        "id": card.id,
        "title": translate("alert.title", name=card.name),
        "body": translate("alert.body", score=card.score, action=translate.action(card.action)),
    }


def _alert(translate: Translator, card: Card) -> None:
    with st.container(border=True, gap="xsmall"):
        said = _message(translate, card)
        st.html(f'<p role="status"><b>{escape(said["title"])}</b><br>{escape(said["body"])}</p>')
        with st.container(horizontal=True):
            lead_view.link(card.id, translate("alert.open"), f"alert:{card.id}")
            st.button(
                translate("alert.close"), key=f"seen:{card.id}", on_click=put_aside,
                args=(card.id,),
            )  # fmt: skip


def put_aside(lead_id: str) -> None:
    """Tell no more of a lead until it gets hot again."""
    shown: list[str] = st.session_state.get(SHOWN, [])
    if lead_id in shown:
        shown.remove(lead_id)


def permission(translate: Translator) -> None:
    """Offer to have the browser tell too; it asks the reader itself."""
    words = {name: translate(f"alert.{name}") for name in ("ask", "granted", "denied")}
    _component()(key="alerts_permission", data={"words": words})
