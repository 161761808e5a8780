"""By what bounds customers are told apart, as a form, and how many each kind would have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.customers.segments import CENTURY, Segment, why_unusable
from ui import theme
from ui.policy import ask_to_decide, version_id
from ui.session import api, fetch, show_errors

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

MOST = 1_000_000
"""Orders, and times what customers spent on average, that may be asked at the most."""

Kind = dict[str, Any]


def kinds_form(translate: Translator, policy: Policy) -> None:
    """Let the reader say from what on a customer is of each kind."""
    st.header(translate("kinds.title"), anchor=False)
    st.caption(translate("kinds.about"))
    kinds: list[Kind] = policy["in_force"]["customer_segments"]
    key = f"kinds:{version_id(policy)}"
    rows = [_row(translate, kind, f"{key}:{kind['name']}") for kind in kinds[:-1]]
    chosen = [kind for kind, _ in rows] + kinds[-1:]
    rest = st.container(key=f"kinds:{kinds[-1]['name']}")
    rest.markdown(translate("kinds.rest", name=_name(translate, kinds[-1])))
    usable = why_unusable([Segment.from_json(kind) for kind in chosen]) is None
    if usable:
        show_errors(_counts)(translate, chosen, [*(place for _, place in rows), rest])
    else:
        st.warning(translate("kinds.open"), icon=":material/info:")
    with st.container(horizontal=True):
        if st.button(
            translate("policy.save"), key="save:kinds", type="primary", icon=":material/save:",
            disabled=not usable or chosen == kinds,
        ):  # fmt: skip
            ask_to_decide(translate, policy, "kinds", {"customer_segments": chosen})
        if "customer_segments" in policy["decided"] and st.button(
            translate("kinds.ours"), key="kinds_ours", icon=":material/auto_awesome:"
        ):
            ask_to_decide(translate, policy, "kinds", {"customer_segments": None})


def _row(translate: Translator, kind: Kind, key: str) -> tuple[Kind, Any]:
    """Ask for the bounds of a kind; return them, and where its customers are counted."""
    with st.container(key=f"kinds:{kind['name']}"):
        name, days, orders, spent = st.columns(4, vertical_alignment="bottom")
    name.markdown(_name(translate, kind))
    bounds = {
        "days": days.number_input(
            translate("kinds.days"), 0.01, CENTURY,
            None if kind["days"] >= CENTURY else float(kind["days"]), 1.0, format="%g",
            key=f"{key}:days", placeholder=translate("kinds.any"),
        ),
        "orders": orders.number_input(
            translate("kinds.orders"), 1, MOST, kind["orders"], key=f"{key}:orders"
        ),
        "spent": spent.number_input(
            translate("kinds.spent"), 0.0, float(MOST), float(kind["spent"]), 0.5, format="%g",
            key=f"{key}:spent",
        ),
    }  # fmt: skip
    if bounds["days"] is None:
        bounds["days"] = CENTURY
    return kind | bounds, name


def _name(translate: Translator, kind: Kind) -> str:
    return f"**{theme.escape_markdown(translate.leads.segment(kind['name']))}**"


def _counts(translate: Translator, chosen: list[Kind], places: list[Any]) -> None:
    """Say how many customers each kind would have, and has, where there are any."""
    now = {item["name"]: item["count"] for item in fetch("/api/distribution/segment")["items"]}
    if not sum(now.values()):
        return
    then = api().post("/api/distribution/segment", segments=chosen)["items"]
    for item, place in zip(then, places, strict=True):
        count, before = item["count"], now.get(item["name"], 0)
        text = "kinds.count" if count == before else "kinds.would"
        place.caption(translate(text, count=translate.number(count), now=translate.number(before)))
