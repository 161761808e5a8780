"""What if: events tried on a lead without storing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import look
from ui.session import api, part, words

if TYPE_CHECKING:
    from ui.words import Words

TRIED = (
    "whatsapp_click", "whatsapp_reply", "asked_price", "meeting_scheduled", "proposal_requested",
    "budget_confirmed", "timeline_confirmed", "need_confirmed", "no_reply_7d", "lost_interest",
)  # fmt: skip


def what_if(said: Words, lead_id: str) -> None:
    """Let the reader try events."""
    st.subheader(said("trial.title"), anchor=False)
    st.caption(said("trial.about"))
    _try(lead_id)


@part()
def _try(lead_id: str) -> None:
    said = words()
    chosen = st.pills(
        said("trial.what"), TRIED, selection_mode="multi", default=["whatsapp_click"],
        format_func=said.event, key=f"trial:{lead_id}", label_visibility="collapsed",
    )  # fmt: skip
    if not chosen:
        st.caption(said("trial.none"))
        return
    events = [{"event_type": one} for one in chosen]
    answer = api().post(f"/leads/{lead_id}/what-if", events=events)
    before, after = answer["before"], answer["after"]
    stage = after["status"]
    st.html(
        f'<div class="g-score"><b style="color:#6b6058;font-size:1.6rem">{before["score"]}</b>'
        f'<span>→</span><b style="color:{look.COLORS[stage]}">{after["score"]}</b>'
        f"{look.pill(stage, said.among('stage', stage))}</div>"
    )
    moved = after["score"] - before["score"]
    st.caption(said("trial.moves" if moved else "trial.stays", points=f"{moved:+d}"))
