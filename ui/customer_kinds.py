"""What kinds of customers there are, as a form, and how many customers each would have."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.customers.segments import CENTURY, Segment, why_unusable
from ui.decimals import decimal_input
from ui.policy import ask_to_decide, version_id
from ui.session import api, fetch, show_errors

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

MOST = 1_000_000
"""Orders, and times what customers spent on average, that may be asked at the most."""

LONGEST = 100
"""Letters of a name, at the most."""

Kind = dict[str, Any]


def kinds_form(translate: Translator, policy: Policy) -> None:
    """Let the reader name and order the kinds, and say from what on a customer is of each."""
    st.header(translate("kinds.title"), anchor=False)
    st.caption(translate("kinds.about"))
    kinds: list[Kind] = policy["in_force"]["customer_segments"]
    key = f"kinds:{version_id(policy)}"
    ordered: list[Kind] = st.session_state.setdefault(f"{key}:order", kinds)
    rows = [_row(translate, ordered, place, key) for place in range(len(ordered))]
    chosen = [kind for kind, _ in rows]
    names = {kind["name"] for kind in chosen}
    named = all(names) and len(names) == len(chosen)
    written = not any(isnan(kind["days"]) or isnan(kind["spent"]) for kind in chosen)
    bounded = written and why_unusable([Segment.from_json(kind) for kind in chosen]) is None
    usable = named and bounded
    if usable:
        before = [kind["name"] for kind in ordered]
        show_errors(_counts)(translate, chosen, before, [place for _, place in rows])
    elif written:
        text = translate("kinds.open" if named else "kinds.unnamed")
        st.warning(text, icon=":material/info:")
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


def _row(translate: Translator, kinds: list[Kind], place: int, key: str) -> tuple[Kind, Any]:
    """Ask for a kind's name, bounds and place; return it, and where its customers are counted."""
    kind, last = kinds[place], place == len(kinds) - 1
    own = f"{key}:{kind['name']}"
    row = st.container(key=f"kinds:{kind['name']}")
    name, *bounds, up = row.columns([3, 3, 3, 3, 2], vertical_alignment="bottom")
    asked = kind | {"name": _name(translate, name, kind, own)}
    if last:
        bounds[0].markdown(translate("kinds.rest"))
    else:
        asked |= _bounds(translate, bounds, kind, own)
    if place > 0 and not last:
        up.button(
            translate("kinds.up"), key=f"{own}:up", icon=":material/arrow_upward:",
            on_click=_move_up, args=(f"{key}:order", kinds, place),
        )  # fmt: skip
    return asked, row


def _name(translate: Translator, place: Any, kind: Kind, key: str) -> str:
    """Ask for a name; return Galope's own for its words, so that each language keeps its own."""
    known = translate.leads.words["customer_segment"]
    typed: str = place.text_input(
        translate("kinds.name"), translate.leads.segment(kind["name"]), LONGEST,
        key=f"{key}:name:{translate.language}",
    ).strip()  # fmt: skip
    return {words: name for name, words in known.items()}.get(typed, typed)


def _bounds(translate: Translator, places: list[Any], kind: Kind, key: str) -> dict[str, Any]:
    days, orders, spent = places
    return {
        "days": decimal_input(
            translate, translate("kinds.days"), None if kind["days"] >= CENTURY else kind["days"],
            (0.01, CENTURY), key=f"{key}:days", place=days, blank=CENTURY,
            placeholder=translate("kinds.any"),
        ),
        "orders": orders.number_input(
            translate("kinds.orders"), 1, MOST, kind["orders"], key=f"{key}:orders"
        ),
        "spent": decimal_input(
            translate, translate("kinds.spent"), kind["spent"], (0.0, MOST), key=f"{key}:spent",
            place=spent,
        ),
    }  # fmt: skip


def _move_up(key: str, kinds: list[Kind], place: int) -> None:
    above, kind = kinds[place - 1 : place + 1]
    st.session_state[key] = [*kinds[: place - 1], kind, above, *kinds[place + 1 :]]


def _counts(
    translate: Translator, chosen: list[Kind], before: list[str], places: list[Any]
) -> None:
    """Say how many customers each kind would have, and has, where there are any."""
    now = {item["name"]: item["count"] for item in fetch("/api/distribution/segment")["items"]}
    if not sum(now.values()):
        return
    then = api().post("/api/distribution/segment", segments=chosen)["items"]
    for item, name, place in zip(then, before, places, strict=True):
        count, had = item["count"], now.get(name, 0)
        text = "kinds.count" if count == had else "kinds.would"
        place.caption(translate(text, count=translate.number(count), now=translate.number(had)))
