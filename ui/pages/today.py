"""Whom to call now, and why: alerts, then open leads by when their next action is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from domain.bands import HOT
from ui import contact, contact_result, filters, inbox, lead_view, theme
from ui.cards import STAGES, Card
from ui.due import MARKS, State, due_of
from ui.session import board_ready, fragment, live_board, translator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ui.translator import Translator

GROUPS: tuple[State, ...] = ("overdue", "today", "tomorrow", "none")
"""What is listed, in this order; under the last only hot leads, which nobody plans to call."""

LISTED = 8
"""Leads of a group that are shown."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.today"), translate("today.about"))
    _groups(filters.whose(translate))


@fragment(run_every=5.0)
def _groups(wanted: frozenset[str]) -> None:
    if not board_ready():
        return
    translate = translator()
    alerted = inbox.alerts(translate, wanted)
    cards = [
        card
        for card in live_board().cards.all()
        if card.id not in alerted and (not wanted or card.owner.casefold() in wanted)
    ]
    by_state = grouped(translate, cards)
    if not (alerted or any(by_state.values())):
        st.info(translate("today.nothing"), icon=":material/task_alt:")
    for state, cards in by_state.items():
        if not cards:
            continue
        count = translate.number(len(cards))
        st.header(f"{MARKS[state]} {translate(f'today.{state}', count=count)}", anchor=False)
        for card in cards[:LISTED]:
            with st.container(border=True, gap="xsmall"):
                _lead(translate, card)
        if len(cards) > LISTED:
            rest = translate.number(len(cards) - LISTED)
            st.caption(translate("overview.waiting_more", count=rest))


def grouped(translate: Translator, cards: Iterable[Card]) -> dict[State, list[Card]]:
    """Return the open leads of each group, the best score first."""
    by_state: dict[State, list[Card]] = {state: [] for state in GROUPS}
    for card in cards:
        if card.lost or card.stage == STAGES[-1]:
            continue
        state = due_of(translate, card).state
        hot = card.score >= HOT or card.stage == STAGES[2]
        if state in by_state and (state != "none" or hot):
            by_state[state].append(card)
    for group in by_state.values():
        group.sort(key=lambda card: (-card.score, card.due))
    return by_state


def _lead(translate: Translator, card: Card) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        name = theme.escape_markdown(card.name)
        label = f"{theme.MARKS[card.stage]} **{card.score}** · {name}"
        lead_view.link(card.id, label, f"today:{card.id}")
        action = card.own_action or translate.action(card.action)
        why = translate.why(card.action, card.score) if card.action else ""
        lines = (action, why, due_of(translate, card).marked, card.owner)
        st.caption(theme.escape_markdown(" · ".join(line for line in lines if line)))
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        contact.buttons(translate, card)
    if st.session_state.get(contact_result.ASKED) == card.id:
        contact_result.done_or_not(translate, lead_view.lead_now(card.id))
