"""A lead beside the board: what it is about, where to move it, and a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import contact, contact_result, lead_view, moves, owners, theme
from ui.cards import card_of
from ui.session import dialog, fetch, fragment, live_board, translator

if TYPE_CHECKING:
    from collections.abc import Callable


def drawer(lead_id: str, close: Callable[[], None]) -> None:
    """Open a lead at the side; `close` is called when the reader closes it."""
    translate = translator()
    card = live_board().cards.get(lead_id)
    name = theme.escape_markdown(card.name) if card else translate("page.lead")
    dialog(name, _inside, position="right", on_dismiss=close)(lead_id)


def _inside(lead_id: str) -> None:
    translate = translator()
    _score(lead_id)
    lead = lead_view.lead_now(lead_id)
    with st.container(horizontal=True):
        contact.buttons(translate, card_of(lead))
    contact_result.done_or_not(translate, lead)
    lead_view.link(lead_id, translate("lead.open"), "drawer:open")
    moves.mover(lead_id)
    owners.assigner(translate, lead_id)
    lead_view.note_box(translate, lead_id)
    lead_view.notes(translate, fetch(f"/crm/leads/{lead_id}/notes")["notes"][:5])


@fragment(run_every=1.0)
def _score(lead_id: str) -> None:
    translate = translator()
    lead = lead_view.lead_now(lead_id)
    lead_view.score(translate, lead)
    lead_view.next_action(translate, lead)
    with st.expander(translate("lead.why"), expanded=False):
        lead_view.reasons(translate, lead_id, lead)
