"""Which motives open alerts, and from what on, as a form."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.alerts.motives import THRESHOLDS, Motive
from ui.decimals import decimal_input
from ui.policy import ask_to_decide, version_id
from ui.session import fetch

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

MOST_A_WEEK = 1_000_000

POINTS = frozenset({Motive.WAITING, Motive.JUMPED})
"""Those that hold from a score, or from so many points."""

UNSEEN = frozenset({Motive.CAPTURE})
"""Those of which nobody can say what they would have come to."""

WEEK_DAYS = 7
"""Days of history below which nothing is told of a week."""

THEN = "thresholds"
"""Key of what thresholds would have come to, and by which decision."""


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
        value = decimal_input(
            translate, translate(f"motives.{motive}"), threshold, _bounds(motive),
            key=f"{key}:{motive}:from", place=right, disabled=not looked_for,
        )  # fmt: skip
        if looked_for:
            chosen[str(motive)] = value
        if looked_for and not isnan(value):
            right.caption(_then(translate, policy, motive, value))
    a_week = st.number_input(
        translate("motives.a_week"), 1, MOST_A_WEEK, force["alerts_a_week"], key=f"{key}:a_week"
    )
    decided = {"alerts": chosen, "alerts_a_week": a_week}
    changed = any(decided[name] != force[name] for name in decided)
    if st.button(
        translate("policy.save"), key="save:motives", type="primary", icon=":material/save:",
        disabled=not changed or any(map(isnan, chosen.values())),
    ):  # fmt: skip
        ask_to_decide(translate, policy, "motives", decided)


def _bounds(motive: Motive) -> tuple[float, float]:
    return (1.0, 100.0) if motive in POINTS else (0.01, 10.0)


def _thresholds(policy: Policy) -> list[dict[str, Any]]:
    """Return what thresholds would have come to; asked once, for the past moves slowly."""
    key = version_id(policy)
    known, items = st.session_state.get(THEN, (None, []))
    if known != key:
        items = fetch("/api/alerts/thresholds")["items"]
        st.session_state[THEN] = (key, items)
    return list(items)


def _then(translate: Translator, policy: Policy, motive: Motive, value: float) -> str:
    """Say what a threshold would have come to, by the nearest below that is known; or why not."""
    if motive in UNSEEN:
        return translate(f"motives.then_{motive}")
    known = [
        one for one in _thresholds(policy) if one["motive"] == motive and one["threshold"] <= value
    ]
    if not known or known[-1]["days"] < WEEK_DAYS:
        return translate("motives.then_none")
    then = known[-1]
    said = translate(
        "motives.then", threshold=translate.number(then["threshold"], _digits(then["threshold"])),
        a_week=translate.number(round(then["aWeek"], 1)), days=translate.number(int(then["days"])),
    )  # fmt: skip
    if motive is Motive.SLIPPING:
        return f"{said}; {translate('motives.then_slipping')}"
    if then["precision"] is None:
        return said
    right = translate(
        "motives.then_right", share=translate.percent(then["precision"]),
        known=translate.number(then["known"]), right=translate(f"motives.right_{motive}"),
    )  # fmt: skip
    return f"{said}; {right}"


def _digits(threshold: float) -> int:
    return 0 if threshold.is_integer() else 2
