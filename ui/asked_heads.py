"""Which heads the team asks beside the primary one, as a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.heads import QUALIFY, Anchor, Head, why_unusable
from domain.state import DAY
from ui import heads, theme
from ui.policy import ask_to_decide, event_in_words, version_id

if TYPE_CHECKING:
    from ui.policy import Policy
    from ui.translator import Translator

NAME = re.compile(r"[a-z]\w{0,39}", re.ASCII)
"""What a head may be called, as the API has it."""

MOST_DAYS = 3_650

LONG = 90
"""Days that a new head begins with."""


def heads_form(translate: Translator, policy: Policy) -> None:
    """List the heads beside the primary one, and let the reader add and remove some."""
    st.header(translate("heads.title"), anchor=False)
    st.caption(translate("heads.about"))
    others = policy["in_force"]["others"]
    for head in others:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(_line(translate, head))
        left_over = [other for other in others if other is not head]
        if right.button(
            translate("heads.remove"), key=f"remove:{head['name']}", icon=":material/delete:",
            width="stretch",
        ):  # fmt: skip
            ask_to_decide(translate, policy, "others", {"others": left_over})
    with st.expander(translate("heads.add")):
        _new_head(translate, policy)


def _line(translate: Translator, head: dict[str, Any]) -> str:
    """Say of a head what it asks."""
    answers = [
        f"{translate(f'heads.{answer}')}: "
        + ", ".join(event_in_words(translate, kind) for kind in head[answer])
        for answer in ("converts", "loses")
        if head[answer]
    ]
    told = heads.name(translate, {**head, "head": head["name"]})
    facts = " · ".join([translate(f"heads.{head['anchor']}"), *answers])
    return f"**{theme.escape_markdown(told)}**  \n{theme.escape_markdown(facts)}"


def _new_head(translate: Translator, policy: Policy) -> None:
    key = f"head:{version_id(policy)}"
    name = st.text_input(translate("heads.name"), key=f"{key}:name", help=translate("heads.named"))
    anchor = st.radio(
        translate("heads.anchor"), list(Anchor)[::-1], horizontal=True, key=f"{key}:anchor",
        format_func=lambda one: translate(f"heads.{one}"),
    )  # fmt: skip
    days = st.number_input(translate("heads.days"), 1, MOST_DAYS, LONG, key=f"{key}:days")
    converts, loses = (
        st.multiselect(
            translate(f"heads.{answer}"), policy["event_types"], key=f"{key}:{answer}",
            format_func=lambda kind: event_in_words(translate, kind), accept_new_options=True,
            placeholder=translate("policy.choose"),
        )
        for answer in ("converts", "loses")
    )  # fmt: skip
    others = policy["in_force"]["others"]
    taken = {other["name"] for other in others}
    head = Head(name, frozenset(converts), frozenset(loses), days * DAY, anchor)
    named = bool(NAME.fullmatch(name)) and name not in taken
    answerable = why_unusable([QUALIFY, head]) is None
    if name and not named:
        st.warning(translate("heads.misnamed"), icon=":material/info:")
    elif (converts or loses) and not answerable:
        st.warning(translate("heads.unanswerable"), icon=":material/info:")
    if st.button(
        translate("heads.ask"), key="ask_head", type="primary", icon=":material/add:",
        disabled=not (named and answerable),
    ):  # fmt: skip
        ask_to_decide(translate, policy, "others", {"others": [*others, head.to_json()]})
