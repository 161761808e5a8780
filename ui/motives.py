"""Which motives open alerts, and from what on, as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from domain.alerts.motives import THRESHOLDS, Motive
from ui.policy import ask_to_decide, version_id
from ui.session import fetch

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

MOST_A_WEEK = 1_000_000

WHOLE = frozenset({Motive.WAITING, Motive.JUMPED})
"""Those that hold from a whole number."""


def motives_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say of what alerts are opened, and how many a week at the most."""
    st.header(translate("motives.title"), anchor=False)
    st.caption(translate("motives.about"))
    force, key = policy["in_force"], f"motives:{version_id(policy)}"
    chosen = {}
    for motive in Motive:
        left, right = st.columns([2, 3], vertical_alignment="center")
        looked_for = left.toggle(
            translate.leads.words["motive"][motive], motive in force["alerts"],
            key=f"{key}:{motive}",
        )  # fmt: skip
        threshold = force["alerts"].get(motive, THRESHOLDS[motive])
        whole = motive in WHOLE
        value = right.number_input(
            translate(f"motives.{motive}"), 1 if whole else 0.01, 100 if whole else 10.0,
            int(threshold) if whole else float(threshold), 1 if whole else 0.01,
            key=f"{key}:{motive}:from", disabled=not looked_for,
        )  # fmt: skip
        if looked_for:
            chosen[str(motive)] = value
            if said := _then(translate, motive, value):
                right.caption(said)
    a_week = st.number_input(
        translate("motives.a_week"), 1, MOST_A_WEEK, force["alerts_a_week"], key=f"{key}:a_week"
    )
    decided = {"alerts": chosen, "alerts_a_week": a_week}
    changed = any(decided[name] != force[name] for name in decided)
    if st.button(
        translate("policy.save"), key="save:motives", type="primary", icon=":material/save:",
        disabled=not changed,
    ):  # fmt: skip
        ask_to_decide(translate, policy, "motives", decided)


def _then(translate: Translator, motive: str, value: float) -> str:
    """Say what a threshold would have come to, by the nearest below that is known; else nothing."""
    known = [
        one
        for one in fetch("/api/alerts/thresholds")["items"]
        if one["motive"] == motive and one["threshold"] <= value
    ]
    if not known:
        return ""
    then = known[-1]
    said = translate(
        "motives.then", threshold=translate.number(then["threshold"], 2 if value < 1 else 0),
        a_week=translate.number(round(then["aWeek"], 1)),
    )  # fmt: skip
    if then["precision"] is None:
        return said
    share, of = translate.percent(then["precision"]), translate.number(then["known"])
    return f"{said}; {translate('motives.then_right', share=share, known=of)}"
