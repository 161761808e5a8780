"""What the team decides about its funnel, as forms, and the way back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from domain.bands import HOT, WARM
from domain.rules import EVENT_RULES, MANUAL_MOVE
from ui import look
from ui.session import act, api, aside, ask, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.words import Words

Policy = dict[str, Any]

LISTED = 5
"""Decisions that are listed, the newest first."""

LOCAL = "local"
"""Who decided without a key."""


def now() -> Policy:
    """Return what counts now."""
    found: Policy = ask("/admin/policy")
    return found


def _mark(policy: Policy) -> int:
    """Return what tells forms of one decision from those of the next, which begin anew."""
    versions = policy["versions"]
    return versions[0]["id"] if versions else 0


def bands(said: Words, policy: Policy) -> None:
    """Let the reader say from which chance on a lead is warm, and hot."""
    st.subheader(said("policy.bands"), anchor=False)
    for status, low, high in (
        ("CURIOSO", 0, WARM - 1), ("AQUECENDO", WARM, HOT - 1), ("QUALIFICADO", HOT, 100),
    ):  # fmt: skip
        st.html(
            f"{look.pill(status, said.among('stage', status))} "
            f"<span>{said('policy.band', low=low, high=high)}</span>"
        )
    st.caption(said("policy.gate"))
    before, chosen = {}, {}
    for place, name in zip(st.columns(2), ("warm", "hot"), strict=True):
        before[name] = round(100 * policy["in_force"][name], 1)
        chosen[name] = place.number_input(
            said(f"policy.{name}"), 0.1, 99.9, before[name], 1.0, format="%.1f",
            key=f"{name}:{_mark(policy)}",
        )  # fmt: skip
    apart = chosen["warm"] < chosen["hot"]
    if not apart:
        st.warning(said("policy.crossed"), icon=":material/info:")
    elif policy["trained"]:
        st.caption(_shares(said, policy["chances"], chosen["warm"], chosen["hot"]))
    else:
        st.caption(said("policy.bands_later"))
    wanted = {name: chosen[name] / 100 for name in chosen}
    _save(said, policy, "bands", wanted, ready=apart and chosen != before)
    if "warm" in policy["decided"] and st.button(
        said("policy.bands_ours"), icon=":material/auto_awesome:", key="bands_ours"
    ):
        _sure(said, policy, "bands", {"warm": None, "hot": None})


def _shares(said: Words, chances: list[int], warm: float, hot: float) -> str:
    """Say how today's leads would fall into the bands, to the percent of their chance."""
    leads = sum(chances) or 1
    low, high = (sum(chances[: round(one)]) for one in (warm, hot))
    shares = (low / leads, (high - low) / leads, 1 - high / leads)
    curious, warming, qualified = (said.percent(share) for share in shares)
    return said("policy.shares", curious=curious, warming=warming, qualified=qualified)


def outcomes(said: Words, policy: Policy) -> None:
    """Let the reader say what counts as success and as loss, and after how long silence does."""
    st.subheader(said("policy.outcomes"), anchor=False)
    st.caption(said("policy.outcomes_about"))
    force = policy["in_force"]
    wanted: dict[str, Any] = {
        name: sorted(
            st.multiselect(
                said(f"policy.{name}"), policy["event_types"], force[name],
                format_func=lambda kind: _event(said, kind), accept_new_options=True,
                key=f"{name}:{_mark(policy)}", placeholder=said("policy.choose"),
            )
        )
        for name in ("converts", "loses")
    }  # fmt: skip
    wanted["horizon_days"] = st.number_input(
        said("policy.horizon"), 1, 365, force["horizon_days"], key=f"horizon:{_mark(policy)}"
    )
    both = set(wanted["converts"]) & set(wanted["loses"])
    if both:
        names = ", ".join(_event(said, kind) for kind in sorted(both))
        st.warning(said("policy.both", names=names), icon=":material/info:")
    if not wanted["converts"]:
        st.warning(said("policy.nothing"), icon=":material/info:")
    changed = {name: value for name, value in wanted.items() if value != force[name]}
    _save(
        said, policy, "outcomes", changed, ready=bool(changed and wanted["converts"] and not both)
    )


def _event(said: Words, kind: str) -> str:
    """Return an event type in words, a move by hand with where it leads."""
    base, _, stage = kind.partition(":")
    if base == MANUAL_MOVE and stage:
        return said("policy.moved", stage=said.among("stage", stage))
    return said.event(kind)


def rules(said: Words, policy: Policy) -> None:
    """Let the reader say what each event is worth by the rules."""
    st.subheader(said("policy.rules"), anchor=False)
    st.caption(said("policy.rules_trained" if policy["trained"] else "policy.rules_about"))
    before = dict(sorted(policy["in_force"]["points"].items(), key=lambda one: -one[1]))
    rows = pd.DataFrame(
        {
            "what": [said.event(kind) for kind in before],
            "points": before.values(),
            "signals": [_signals(said, kind) for kind in before],
        },
        index=list(before),
    )
    edited = st.data_editor(
        rows, key=f"points:{_mark(policy)}", hide_index=True, height=300,
        disabled=["what", "signals"],
        column_config={
            "what": said("policy.rule_what"),
            "points": st.column_config.NumberColumn(
                said("policy.rule_points"), min_value=-100, max_value=100, step=1, required=True
            ),
            "signals": said("policy.rule_signals"),
        },
    )  # fmt: skip
    points = {kind: int(worth) for kind, worth in edited["points"].items()}
    _save(said, policy, "rules", {"points": points}, ready=points != before)


def _signals(said: Words, kind: str) -> str:
    rule = EVENT_RULES[kind]
    return ", ".join(
        said(f"policy.{what}", what=said.signal(signal))
        for what, signals in (("confirms", rule.confirms), ("withdraws", rule.withdraws))
        for signal in sorted(signals)
    )


def made(said: Words, policy: Policy) -> None:
    """List the decisions, each with the way back to it."""
    st.subheader(said("policy.made"), anchor=False)
    versions = policy["versions"]
    if not versions:
        st.caption(said("policy.made_none"))
        return
    st.caption(said("policy.made_about"))
    start = {"id": 0, "decided": {}, "made_at": None, "made_by": LOCAL}
    for place, one in enumerate([*versions, start][: LISTED + 1]):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(f"{'○' if place else '●'} {_line(said, one)}")
        name = "policy.undo" if place == 1 else "policy.back"
        if place and right.button(
            said(name), key=f"restore:{one['id']}", icon=":material/undo:", width="stretch"
        ):
            aside(said(name), _confirm)(f"/admin/policy/{one['id']}/restore", None, ())


def _line(said: Words, one: Policy) -> str:
    decided = one["decided"]
    fields = ("converts", "loses", "horizon_days", "hot", "points")
    told = [said(f"policy.of_{name}") for name in fields if name in decided]
    what = ", ".join(told) or said("policy.of_nobody")
    if one["made_at"] is None:
        return f"**{said('policy.start')}** · {what}"
    key = one["made_by"].removeprefix("key ")
    who = said("policy.by_nobody") if one["made_by"] == LOCAL else said("policy.by_key", key=key)
    return f"**{said.when(one['made_at'])}** · {who} · {what}"


def _save(said: Words, policy: Policy, name: str, wanted: dict[str, Any], *, ready: bool) -> None:
    if st.button(
        said("policy.save"), key=f"save:{name}", type="primary", icon=":material/save:",
        disabled=not ready,
    ):  # fmt: skip
        _sure(said, policy, name, wanted)


def _sure(said: Words, policy: Policy, name: str, wanted: dict[str, Any]) -> None:
    """Say what a decision will do, and ask whether it is meant."""
    more = []
    if "horizon_days" in wanted:
        more.append(said("policy.sure_horizon"))
    if name == "rules" and policy["trained"]:
        more.append(said("policy.rules_trained"))
    aside(said(f"policy.{name}"), _confirm)("/admin/policy", policy["decided"] | wanted, more)


def _confirm(path: str, decided: dict[str, Any] | None, more: Sequence[str]) -> None:
    said = words()
    st.write(said("policy.sure"))
    for line in more:
        st.write(line)
    if st.button(said("policy.yes"), type="primary"):
        done = act(
            lambda: api().post(path) if decided is None else api().put(path, **decided),
            said("policy.done"),
        )
        if done is not None:
            st.rerun()
