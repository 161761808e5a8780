"""When the team turns to leads: not in quiet hours, and not twice within so many hours."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.policy import MOST_HOURS_BETWEEN
from domain.quiet_hours import QuietHours
from ui.policy import ask_to_decide, version_id

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

NIGHT = QuietHours(time(20), time(8))
"""What is offered to a team that has none."""


def contact_hours_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say when nothing is due."""
    st.header(translate("policy.contact_hours"), anchor=False)
    st.caption(translate("hours.about"))
    chosen, possible = _chosen(translate, policy)
    decided = {name: value for name, value in chosen.items() if policy["in_force"][name] != value}
    if st.button(
        translate("policy.save"), key="save:contact_hours", type="primary",
        icon=":material/save:", disabled=not (possible and decided),
    ):  # fmt: skip
        ask_to_decide(translate, policy, "contact_hours", decided)


def _chosen(translate: Translator, policy: Policy) -> tuple[dict[str, Any], bool]:
    """Ask for what is to count, and return it and whether it can."""
    now, key = policy["in_force"], f"hours:{version_id(policy)}"
    between = st.number_input(
        translate("hours.between"), 0, MOST_HOURS_BETWEEN, now["hours_between_contacts"],
        key=f"{key}:between",
    )  # fmt: skip
    st.caption(translate("hours.between_about"))
    chosen = {"hours_between_contacts": between, "quiet_hours": None}
    offered = QuietHours.from_json(now["quiet_hours"]) if now["quiet_hours"] else NIGHT
    if not st.toggle(translate("hours.on"), now["quiet_hours"] is not None, key=key):
        return chosen, True
    left, right = st.columns(2)
    begin = left.time_input(translate("hours.begin"), offered.begin, key=f"{key}:begin")
    end = right.time_input(translate("hours.end"), offered.end, key=f"{key}:end")
    quiet = QuietHours(begin, end)
    if quiet.is_whole_day:
        st.warning(translate("hours.all_day"), icon=":material/info:")
    return chosen | {"quiet_hours": quiet.to_json()}, not quiet.is_whole_day
