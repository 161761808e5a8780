"""What the team decides about its funnel, as forms, and the way back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from domain.bands import HOT, WARM
from domain.capacity import UNKNOWN, Reach
from domain.rules import EVENT_RULES, MANUAL_MOVE
from domain.scorecard import Scale
from ui import theme
from ui.decimals import read_number
from ui.session import api, dialog, fetch, perform, translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.translator import Translator

Policy = dict[str, Any]

LEAST, MOST = 0.1, 99.9
"""Chances from which a band may begin, in percent."""

LISTED = 5
"""Decisions that are listed, the newest first."""

FEW_CALLS = 20
"""Calls a day that the form begins with where nothing was counted yet."""

MOST_CALLS = 1_000_000

PLACED = {MANUAL_MOVE: "moved", "status": "status"}
"""Types of events that name a stage, and the words for them."""

LOCAL = "local"
"""Who decided without a key."""


def current() -> Policy:
    """Return what counts now."""
    policy: Policy = fetch("/admin/policy")
    return policy


def version_id(policy: Policy) -> int:
    """Return what tells forms of one decision from those of the next, which begin anew."""
    versions = policy["versions"]
    return versions[0]["id"] if versions else 0


def bands_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say from which chance on a lead is warm and hot, or how many can be called."""
    st.header(translate("policy.bands"), anchor=False)
    for status, least, most in (
        ("CURIOSO", 0, WARM - 1), ("AQUECENDO", WARM, HOT - 1), ("QUALIFICADO", HOT, 100),
    ):  # fmt: skip
        st.html(
            f"{theme.pill(status, translate.among('stage', status))} "
            f"<span>{translate('policy.band', low=least, high=most)}</span>"
        )
    st.caption(translate("policy.gate"))
    ways = ("chance", "calls")
    decided_calls = policy["in_force"]["calls_per_day"] is not None
    way = st.radio(
        translate("policy.way"), ways, int(decided_calls), horizontal=True,
        format_func=lambda one: translate(f"policy.by_{one}"),
        key=f"way:{version_id(policy)}",
    )  # fmt: skip
    if way == "calls":
        _calls_form(translate, policy)
    else:
        _chances_form(translate, policy)
    if {"warm", "calls_per_day"} & policy["decided"].keys() and st.button(
        translate("policy.bands_ours"), icon=":material/auto_awesome:", key="bands_ours"
    ):
        undecided = {"warm": None, "hot": None, "calls_per_day": None}
        ask_to_decide(translate, policy, "bands", undecided)


def _chances_form(translate: Translator, policy: Policy) -> None:
    before = {name: round(100 * policy["in_force"][name], 1) for name in ("warm", "hot")}
    chosen = {}
    for place, (name, chance) in zip(st.columns(2), before.items(), strict=True):
        # A field for numbers would write them as the browser does, not as the reader's language.
        text = place.text_input(
            translate(f"policy.{name}"), translate.number(chance, 1),
            key=f"{name}:{version_id(policy)}:{translate.language}",
        )  # fmt: skip
        chosen[name] = round(read_number(text), 1)
    possible = all(LEAST <= chance <= MOST for chance in chosen.values())
    apart = possible and chosen["warm"] < chosen["hot"]
    narrow = apart and Scale(chosen["warm"] / 100, chosen["hot"] / 100).is_narrow
    if not possible:
        low, high = translate.number(LEAST, 1), translate.number(MOST, 1)
        st.warning(translate("policy.no_chance", low=low, high=high), icon=":material/info:")
    elif not apart:
        st.warning(translate("policy.crossed"), icon=":material/info:")
    elif narrow:
        st.warning(translate("policy.too_close"), icon=":material/info:")
    elif policy["trained"]:
        st.caption(_shares(translate, policy["chances"], chosen["warm"], chosen["hot"]))
    else:
        st.caption(translate("policy.bands_later"))
    changed = chosen != before or policy["in_force"]["calls_per_day"] is not None
    decided = {name: chosen[name] / 100 for name in chosen} | {"calls_per_day": None}
    _save(translate, policy, "bands", decided, ready=apart and not narrow and changed)


def _calls_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say how many leads a day the team can call, and see what that means."""
    force = policy["in_force"]
    counted = policy["reach"] is not None and bool(policy["reach"]["chances"])
    reach = Reach.from_json(policy["reach"]) if counted else UNKNOWN
    now = max(round(reach.rate_at(force["hot"])), 1) if counted else FEW_CALLS
    calls = st.number_input(
        translate("policy.calls"), 1, MOST_CALLS, force["calls_per_day"] or now, 1,
        key=f"calls:{version_id(policy)}",
    )  # fmt: skip
    if counted:
        chance = reach.chance_for(calls)
        scale = Scale(force["warm"], force["hot"]).hot_from(chance)
        rate = reach.rate_at(chance)
        st.write(
            translate(
                "policy.calls_mean" if rate > calls - 1 else "policy.calls_too_many",
                calls=translate.number(calls), chance=translate.percent(chance, 1),
                warm=translate.percent(scale.warm, 1), a_day=translate.number(rate, 1),
                days=translate.number(reach.days),
            )
        )  # fmt: skip
        st.caption(_shares(translate, policy["chances"], 100 * scale.warm, 100 * chance))
    else:
        hot = translate.percent(force["hot"], 1)
        st.caption(translate("policy.calls_later", hot=hot))
    decided = {"calls_per_day": calls, "warm": None, "hot": None}
    _save(translate, policy, "bands", decided, ready=calls != force["calls_per_day"])


def _shares(translate: Translator, chances: list[int], warm: float, hot: float) -> str:
    """Say how today's leads would fall into the bands, to the percent of their chance."""
    leads = sum(chances) or 1
    low, high = (sum(chances[: round(chance)]) for chance in (warm, hot))
    shares = (low / leads, (high - low) / leads, 1 - high / leads)
    curious, warming, qualified = (translate.percent(share) for share in shares)
    return translate("policy.shares", curious=curious, warming=warming, qualified=qualified)


def outcomes_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say what counts as success and as loss, and after how long silence does."""
    st.header(translate("policy.outcomes"), anchor=False)
    st.caption(translate("policy.outcomes_about"))
    force = policy["in_force"]
    decided: dict[str, Any] = {
        name: sorted(
            st.multiselect(
                translate(f"policy.{name}"), policy["event_types"], force[name],
                format_func=lambda kind: event_in_words(translate, kind), accept_new_options=True,
                key=f"{name}:{version_id(policy)}", placeholder=translate("policy.choose"),
            )
        )
        for name in ("converts", "loses")
    }  # fmt: skip
    decided["horizon_days"] = st.number_input(
        translate("policy.horizon"),
        1,
        365,
        force["horizon_days"],
        key=f"horizon:{version_id(policy)}",
    )
    contradictory = set(decided["converts"]) & set(decided["loses"])
    if contradictory:
        names = ", ".join(
            theme.escape_markdown(event_in_words(translate, kind)) for kind in sorted(contradictory)
        )
        st.warning(translate("policy.both", names=names), icon=":material/info:")
    if not decided["converts"]:
        st.warning(translate("policy.nothing"), icon=":material/info:")
    changed = {name: value for name, value in decided.items() if value != force[name]}
    _save(
        translate,
        policy,
        "outcomes",
        changed,
        ready=bool(changed and decided["converts"] and not contradictory),
    )


def event_in_words(translate: Translator, kind: str) -> str:
    """Return an event type in words, a move by hand or a status with its stage."""
    base, _, stage = kind.partition(":")
    if base in PLACED and stage:
        return translate(f"policy.{PLACED[base]}", stage=translate.among("stage", stage))
    return translate.event(kind)


def rules_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say what each event is worth by the rules."""
    st.header(translate("policy.rules"), anchor=False)
    st.caption(translate("policy.rules_trained" if policy["trained"] else "policy.rules_about"))
    before = dict(sorted(policy["in_force"]["points"].items(), key=lambda rule: -rule[1]))
    rows = pd.DataFrame(
        {
            "what": [translate.event(kind) for kind in before],
            "points": before.values(),
            "signals": [_signals(translate, kind) for kind in before],
        },
        index=list(before),
    )
    edited = st.data_editor(
        rows,
        key=f"points:{version_id(policy)}",
        hide_index=True,
        height=300,
        disabled=["what", "signals"],
        column_config={
            "what": translate("policy.rule_what"),
            "points": st.column_config.NumberColumn(
                translate("policy.rule_points"),
                min_value=-100,
                max_value=100,
                step=1,
                required=True,
            ),
            "signals": translate("policy.rule_signals"),
        },
    )
    points = {kind: int(worth) for kind, worth in edited["points"].items()}
    _save(translate, policy, "rules", {"points": points}, ready=points != before)


def _signals(translate: Translator, kind: str) -> str:
    rule = EVENT_RULES[kind]
    return ", ".join(
        translate(f"policy.{verb}", what=translate.signal(signal))
        for verb, signals in (("confirms", rule.confirms), ("withdraws", rule.withdraws))
        for signal in sorted(signals)
    )


def decision_list(translate: Translator, policy: Policy) -> None:
    """List the decisions, each with the way back to it."""
    st.header(translate("policy.made"), anchor=False)
    versions = policy["versions"]
    if not versions:
        st.caption(translate("policy.made_none"))
        return
    st.caption(translate("policy.made_about"))
    start = {"id": 0, "decided": {}, "made_at": None, "made_by": LOCAL}
    for place, version in enumerate([*versions, start][: LISTED + 1]):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(f"{'○' if place else '●'} {_line(translate, version)}")
        name = "policy.undo" if place == 1 else "policy.back"
        if place and right.button(
            translate(name), key=f"restore:{version['id']}", icon=":material/undo:", width="stretch"
        ):
            dialog(translate(name), _confirm)(f"/admin/policy/{version['id']}/restore", None, ())


def _line(translate: Translator, version: Policy) -> str:
    decided = version["decided"]
    fields = (
        "converts",
        "loses",
        "horizon_days",
        "hot",
        "calls_per_day",
        "points",
        "others",
        "alerts",
        "action_floor",
        "hours_between_contacts",
        "quiet_hours",
        "customer_segments",
    )
    changes = [translate(f"policy.of_{name}") for name in fields if name in decided]
    what = ", ".join(changes) or translate("policy.of_nobody")
    if version["made_at"] is None:
        return f"**{translate('policy.start')}** · {what}"
    key = version["made_by"].removeprefix("key ")
    who = (
        translate("policy.by_nobody")
        if version["made_by"] == LOCAL
        else translate("policy.by_key", key=key)
    )
    return f"**{translate.when(version['made_at'])}** · {who} · {what}"


def _save(
    translate: Translator, policy: Policy, name: str, decided: dict[str, Any], *, ready: bool
) -> None:
    if st.button(
        translate("policy.save"), key=f"save:{name}", type="primary", icon=":material/save:",
        disabled=not ready,
    ):  # fmt: skip
        ask_to_decide(translate, policy, name, decided)


def ask_to_decide(
    translate: Translator, policy: Policy, name: str, decided: dict[str, Any]
) -> None:
    """Say what a decision will do, and ask whether it is meant."""
    warnings = []
    if "horizon_days" in decided:
        warnings.append(translate("policy.sure_horizon"))
    if name == "rules" and policy["trained"]:
        warnings.append(translate("policy.rules_trained"))
    dialog(translate(f"policy.{name}"), _confirm)(
        "/admin/policy", policy["decided"] | decided, warnings
    )


def _confirm(path: str, decided: dict[str, Any] | None, warnings: Sequence[str]) -> None:
    translate = translator()
    st.write(translate("policy.sure"))
    for line in warnings:
        st.write(line)
    if st.button(translate("policy.yes"), type="primary"):
        done = perform(
            lambda: api().post(path) if decided is None else api().put(path, **decided),
            translate("policy.done"),
        )
        if done is not None:
            st.rerun()
