"""A lead beside the board: what it is about, where to move it, and a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import look, parts, tasks
from ui.session import aside, ask, live, part, words

if TYPE_CHECKING:
    from collections.abc import Callable


def drawer(lead_id: str, close: Callable[[], None]) -> None:
    """Open a lead at the side; `close` is called when the reader closes it."""
    said = words()
    card = live().cards.get(lead_id)
    name = look.literal(card.name) if card else said("page.lead")
    aside(name, _inside, position="right", on_dismiss=close)(lead_id)


def _inside(lead_id: str) -> None:
    said = words()
    _score(lead_id)
    if st.button(said("lead.open"), icon=":material/open_in_full:", type="primary"):
        parts.open_lead(lead_id)
    tasks.mover(lead_id)
    parts.note_box(said, lead_id)
    parts.notes(said, ask(f"/crm/leads/{lead_id}/notes")["notes"][:5])


@part(run_every=1.0)
def _score(lead_id: str) -> None:
    said = words()
    lead = parts.lead_now(lead_id)
    parts.score(said, lead)
    parts.todo(said, lead)
    with st.expander(said("lead.why"), expanded=False):
        parts.reasons(said, lead_id, lead)
