"""Whether actions are drawn so that it is learned which one helps, and what came of that."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.experiments.declaration import BuiltInArm
from domain.policy import LEAST_FLOOR, MOST_FLOOR, USUAL_FLOOR
from domain.recommendations import FEWEST_DRAWS
from ui.decimals import decimal_input
from ui.funnel import table
from ui.policy import ask_to_decide, version_id
from ui.session import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.policy import Policy
    from ui.translator import Translator

ESTIMATORS = ("dr", "snips", "ips")


def actions_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say whether actions are drawn, and how often others than the rule's."""
    st.header(translate("learned.title"), anchor=False)
    st.caption(translate("learned.about"))
    floor, key = policy["in_force"]["action_floor"], f"actions:{version_id(policy)}"
    drawn = st.toggle(translate("learned.on"), floor > 0, key=key)
    chosen = 0.0
    if drawn:
        percent = decimal_input(
            translate, translate("learned.floor"), 100 * (floor or USUAL_FLOOR),
            (100 * LEAST_FLOOR, 100 * MOST_FLOOR),
            key=f"{key}:floor",
        )  # fmt: skip
        chosen = round(percent / 100, 4)
    if drawn and not isnan(chosen):
        least, most = (translate.percent(1 - chosen * others) for others in (2, 1))
        st.caption(translate("learned.floor_means", least=least, most=most))
    if st.button(
        translate("policy.save"), key="save:actions", type="primary", icon=":material/save:",
        disabled=isnan(chosen) or chosen == floor,
    ):  # fmt: skip
        ask_to_decide(translate, policy, "actions", {"action_floor": chosen})


def learned_actions(translate: Translator) -> None:
    """Say who decides what is recommended, and what each would have brought."""
    said = fetch("/ml/actions")
    with st.container(border=True):
        st.header(translate("learned.title"), anchor=False)
        if not said["floor"]:
            st.write(translate("learned.off"))
            setup = st.session_state.pages["setup"]
            st.page_link(setup, label=translate("learned.settings"), icon=":material/settings:")
        elif said["report"] is None:
            counts = {"drawn": said["drawn"], "fewest": FEWEST_DRAWS}
            numbers = {name: translate.number(count) for name, count in counts.items()}
            st.write(translate("learned.waiting", **numbers))
        else:
            st.write(_who(translate, said))
            _estimates(translate, said["report"], said["fitted_at"])


def _who(translate: Translator, said: Mapping[str, Any]) -> str:
    """Say who decides, and why."""
    report = said["report"]
    if concluded_at := report.get("concluded_at"):
        arm = BuiltInArm.LEARNED if said["decides"] else BuiltInArm.RULES
        return translate(
            "learned.concluded", who=translate.arm(arm), when=translate.when(concluded_at)
        )
    if said["decides"]:
        return translate("learned.learned_decide")
    worse = report["difference"]["high"] < 0.0
    return translate("learned.worse" if worse else "learned.rules_decide")


def _estimates(translate: Translator, report: Mapping[str, Any], fitted_at: str) -> None:
    counts = {name: translate.number(report[name]) for name in ("draws", "leads", "tested")}
    since = translate.day(translate.local(report["since"]).date())
    st.write(
        translate("learned.counted", since=since, fitted=translate.when(fitted_at), **counts),
        translate("learned.log", share=translate.percent(report["log"], 1)),
    )
    difference = {
        name: translate.number(100 * value, 1) for name, value in report["difference"].items()
    }
    st.write(translate("learned.difference", **difference))
    if not report["supported"]:
        st.write(translate("learned.few"))
    table(
        [translate(f"learned.{head}") for head in ("who", *ESTIMATORS, "effective")],
        [
            [
                translate(f"learned.{name}"),
                *(_interval(translate, report[key][one]) for one in ESTIMATORS),
                translate.number(round(report[key]["dr"]["effective_sample_size"])),
            ]
            for name, key in (("rules", "rules"), ("policy", "learned"))
        ],
    )
    st.caption(translate("learned.how"))


def _interval(translate: Translator, estimate: Mapping[str, float]) -> str:
    """Say a share and its interval; what is estimated of a share may lie outside of one."""
    value, low, high = (
        translate.percent(min(max(estimate[name], 0.0), 1.0), 1)
        for name in ("value", "low", "high")
    )
    return f"{value} ({low}–{high})"
