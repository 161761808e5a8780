"""Which leads a reader sees. Board, list and Hoje ask the same, and the address keeps it.

So a link shows others the same leads, and who goes from the board to the list sees those there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from domain.partners.places import UFS
from ui import owners
from ui.lead_view import SEGMENTS
from ui.session import fetch, live_board, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from streamlit.delta_generator import DeltaGenerator

    from ui.translator import Translator

Labels = Literal["visible", "collapsed"]


def _carried(name: str, said: Callable[[Any], str] = str) -> str:
    """Return a filter's key, having said anew what was chosen of it on the page before.

    Streamlit knows it still, but where an address said it, takes the next page's for empty.
    """
    chosen = st.session_state.get(name)
    if chosen and name not in st.query_params:
        st.session_state[name] = chosen
        st.query_params[name] = said(chosen)
    return name


SELLER = "seller"
"""Role of who works with leads of their own."""


def same_in(page: str, label: str, icon: str) -> None:
    """Link to another page, which shows the same leads."""
    st.page_link(st.session_state.pages[page], label=label, icon=icon)


def search(translate: Translator, place: DeltaGenerator, labels: Labels = "visible") -> str:
    """Ask for words or a telephone."""
    query: str | None = place.text_input(
        translate("filter.search"), placeholder=translate("filter.search_in"), key=_carried("q"),
        bind="query-params", label_visibility=labels, icon=":material/search:",
    )  # fmt: skip
    return query or ""


def segment(translate: Translator, place: DeltaGenerator, labels: Labels = "visible") -> str:
    """Ask for a segment; empty is all."""
    # All there can be, beside what leads have: what an address names and is not offered is dropped.
    codes = {*SEGMENTS, *(card.segment for card in live_board().cards.all())}
    return _choice(translate, place, "segment", codes, labels)


def uf(translate: Translator, place: DeltaGenerator, labels: Labels = "visible") -> str:
    """Ask for a state; empty is all."""
    codes = {*UFS, *(card.uf for card in live_board().cards.all())}
    return _choice(translate, place, "uf", codes, labels)


def _choice(
    translate: Translator, place: DeltaGenerator, name: str, codes: Iterable[str], labels: Labels
) -> str:
    everything = translate("filter.all_segments" if name == "segment" else "filter.all_states")

    def said(code: str) -> str:
        return translate.among(name, code) if code else everything

    chosen: str | None = place.selectbox(
        translate(f"filter.{name}"), ["", *sorted(filter(None, codes))],
        key=_carried(name, said), bind="query-params", label_visibility=labels, format_func=said,
    )  # fmt: skip
    return chosen or ""


def groups(translate: Translator) -> dict[int, str]:
    """Return the names of the groups that leads fall into, by number; none before a first fit."""
    found = fetch("/ml/segments", demand=False)["leads"]
    return {one["number"]: translate.group(one["marks"]) for one in found["items"]} if found else {}


def group(
    translate: Translator,
    place: DeltaGenerator,
    names: Mapping[int, str],
    labels: Labels = "visible",
) -> int:
    """Ask for one of the groups there are; 0 is all."""
    said = {0: translate("filter.all_groups"), **names}
    if st.session_state.get("group") not in said:  # a new fit has dropped it
        st.session_state.pop("group", None)
    chosen: int | None = place.selectbox(
        translate("groups.group"), said, key=_carried("group", said.__getitem__),
        bind="query-params", label_visibility=labels, format_func=said.__getitem__,
    )  # fmt: skip
    return chosen or 0


def owner(translate: Translator, place: DeltaGenerator, labels: Labels = "visible") -> str:
    """Ask whose leads are wished for; nothing is asked where leads are nobody's."""
    offered = owners.names()
    if not offered:
        return owners.EVERYBODY
    codes = [owners.EVERYBODY, *_own(), owners.NOBODY, *offered]
    said = {code: translate(f"owner.{code or 'everybody'}") for code in codes[: -len(offered)]}
    chosen: str | None = place.selectbox(
        translate("card.owner"), codes, key="owner", bind="query-params", label_visibility=labels,
        format_func=lambda code: said.get(code, code),
    )  # fmt: skip
    return chosen or owners.EVERYBODY


def _own() -> list[str]:
    """Return what of the choices is the reader's own."""
    if user() is None:
        return []
    return [owners.MINE, owners.TEAM] if owners.team() else [owners.MINE]


def whose(translate: Translator) -> frozenset[str]:
    """Ask whose day it is: a seller's own, a manager's team's, or anybody's; return their names."""
    known, own = user(), _own()
    if known:
        others = owners.TEAM if owners.TEAM in own else owners.EVERYBODY
        first = owners.MINE if known["role"] == SELLER else others
        codes = [*own, owners.NOBODY, owners.EVERYBODY]
        chosen = st.segmented_control(
            translate("card.owner"), codes, default=first, key="whose", required=True,
            bind="query-params", label_visibility="collapsed",
            format_func=lambda code: translate(f"owner.{code or 'everybody'}"),
        )  # fmt: skip
        if chosen != owners.EVERYBODY:
            return owners.wanted(chosen or first)
    return owners.wanted(owner(translate, st.container(width=320)))
