"""What if: events tried on a lead without storing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import theme
from ui.session import api, fragment, translator

if TYPE_CHECKING:
    from ui.translator import Translator

TRIED = (
    "whatsapp_click", "whatsapp_reply", "asked_price", "meeting_scheduled", "proposal_requested",
    "budget_confirmed", "timeline_confirmed", "need_confirmed", "no_reply_7d", "lost_interest",
)  # fmt: skip


def simulator(translate: Translator, lead_id: str) -> None:
    """Let the reader try events."""
    st.header(translate("what_if.title"), anchor=False)
    st.caption(translate("what_if.about"))
    _try(lead_id)


@fragment()
def _try(lead_id: str) -> None:
    translate = translator()
    event_types = st.pills(
        translate("what_if.what"), TRIED, selection_mode="multi", default=["whatsapp_click"],
        format_func=translate.event, key=f"what_if:{lead_id}", label_visibility="collapsed",
    )  # fmt: skip
    if not event_types:
        st.caption(translate("what_if.none"))
        return
    events = [{"event_type": event_type} for event_type in event_types]
    answer = api().post(f"/leads/{lead_id}/what-if", events=events)
    before, after = answer["before"], answer["after"]
    stage = after["status"]
    st.html(
        f'<div class="g-score"><b style="color:#6b6058;font-size:1.6rem">{before["score"]}</b>'
        f'<span>→</span><b style="color:{theme.COLORS[stage]}">{after["score"]}</b>'
        f"{theme.pill(stage, translate.among('stage', stage))}</div>"
    )
    moved = after["score"] - before["score"]
    st.caption(translate("what_if.moves" if moved else "what_if.stays", points=f"{moved:+d}"))
