"""When the team turns to nobody, so that nothing is due then."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

import streamlit as st

from domain.quiet_hours import QuietHours
from ui.policy import ask_to_decide, version_id

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

NIGHT = QuietHours(time(20), time(8))
"""What is offered to a team that has none."""


def quiet_hours_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say from when to when nothing is due."""
    st.header(translate("policy.quiet_hours"), anchor=False)
    st.caption(translate("quiet.about"))
    now, key = policy["in_force"]["quiet_hours"], f"quiet:{version_id(policy)}"
    offered = QuietHours.from_json(now) if now else NIGHT
    chosen = None
    if st.toggle(translate("quiet.on"), now is not None, key=key):
        left, right = st.columns(2)
        begin = left.time_input(translate("quiet.begin"), offered.begin, key=f"{key}:begin")
        end = right.time_input(translate("quiet.end"), offered.end, key=f"{key}:end")
        chosen = QuietHours(begin, end)
    possible = chosen is None or not chosen.is_whole_day
    if not possible:
        st.warning(translate("quiet.all_day"), icon=":material/info:")
    decided = chosen.to_json() if chosen else None
    if st.button(
        translate("policy.save"), key="save:quiet", type="primary", icon=":material/save:",
        disabled=not possible or decided == now,
    ):  # fmt: skip
        ask_to_decide(translate, policy, "quiet_hours", {"quiet_hours": decided})
